import { artifactStore } from '../core/artifacts/index.ts'
import { openDecodedCache } from '../core/datasets/decoded-cache.ts'
import { getDatasetVersion } from '../core/datasets/get-dataset.ts'
import { splitImages } from '../core/datasets/split-images.ts'
import { AppError } from '../core/errors.ts'
import type { JobContext, JobPayload } from '../core/jobs/definitions.ts'
import { getArtifactByName } from '../core/runs/artifacts.ts'
import { getRun } from '../core/runs/get-run.ts'
import { storeEvaluation } from '../core/runs/store-evaluation.ts'
import { sql } from '../core/sql.ts'
import { loadModel } from '../networks/model-files.ts'
import type { ModelFiles } from '../networks/model-files.ts'
import { evaluate } from './evaluate.ts'
import type { EvaluationResult } from './evaluate.ts'
import { dataImage } from './stored-image.ts'
import { prepareValidation } from './validation.ts'

/** Weights to be judged and whose they are. */
interface Judged {
  files: ModelFiles
  runId: string | null
  modelVersionId: string | null
}

/** Scores a side of a split with a model version, or with a run's best weights; the figures get rows of their own. */
export async function runEvaluateJob(payload: JobPayload<'evaluate'>, context: JobContext): Promise<Record<string, unknown>> {
  const judged = payload.model_version_id === undefined ? await ofRun(payload.run_id ?? '') : await ofVersion(payload.model_version_id)
  return judge(judged, payload.split_id, payload.side, context)
}

/** Opens the seal of the test set for a run: the look is counted with its reason before anything is computed. */
export async function runRevealTestJob(payload: JobPayload<'reveal-test'>, context: JobContext): Promise<Record<string, unknown>> {
  const run = await getRun(payload.run_id)
  const { split_id: splitId, dataset_version_id: versionId } = run
  if (splitId === null || versionId === null)
    throw new AppError('RESOURCE_CONFLICT', `Run "${run.name}" was not trained on a dataset of Karyon: there is no test side to reveal.`)
  const judged = await ofRun(payload.run_id)
  // A job that is done again after its worker died has looked once.
  if (context.attempt === 1) {
    await sql()`
      insert into test_look (dataset_version_id, split_id, run_id, reason, actor)
      values (${versionId}, ${splitId}, ${payload.run_id}, ${payload.reason}, ${context.actor})`
  }
  return judge(judged, splitId, 'test', context)
}

async function judge(
  { files, runId, modelVersionId }: Judged,
  splitId: string,
  side: 'val' | 'test',
  context: JobContext,
): Promise<Record<string, unknown>> {
  const rows = (await splitImages(splitId))[side]
  const first = rows[0]
  if (first === undefined)
    throw new AppError('RESOURCE_CONFLICT', `The ${side} side of this split has no images: its dataset has too few groups.`)
  context.report(0, `reading ${rows.length} images`)
  const cache = await openDecodedCache(first.datasetVersionId, (line) => console.log(line))
  const model = await loadModel(files)
  let result: EvaluationResult
  try {
    const { spec } = model
    const validation = await prepareValidation(
      rows.map((row) => dataImage(row, cache)),
      spec,
      { target: spec.target, loss: 'cross_entropy' },
      (done) => context.report((0.3 * done) / rows.length, `reading images, ${done} of ${rows.length}`),
      context.signal,
    )
    result = await evaluate(model.network, validation, {
      side,
      loss: 'cross_entropy',
      postprocess: spec.postprocess,
      testTimeAugmentation: spec.test_time_augmentation,
      objects: true,
      maps: 'none',
      signal: context.signal,
      onProgress: (done) => context.report(0.3 + (0.7 * done) / rows.length, `scoring images, ${done} of ${rows.length}`),
    })
  } finally {
    model.dispose()
  }
  context.signal.throwIfAborted()
  const { postprocess, postprocess_tuned: tuned, test_time_augmentation, epoch } = model.spec
  const evaluationId = await sql().begin((tx) =>
    storeEvaluation(tx, {
      runId,
      modelVersionId,
      splitId,
      datasetVersionId: first.datasetVersionId,
      side,
      epoch,
      settings: { postprocess, tuned, test_time_augmentation },
      summary: result.points,
      scores: result.images,
    }),
  )
  const version = await getDatasetVersion(first.datasetVersionId)
  return { evaluation_id: evaluationId, side, dataset: version.ref, images: rows.length, summary: result.points }
}

async function ofRun(runId: string): Promise<Judged> {
  const files = await readFiles(async (name) => (await getArtifactByName(runId, `model/${name}`)).key)
  return { files, runId, modelVersionId: null }
}

async function ofVersion(id: string): Promise<Judged> {
  const [version] = await sql()<
    { folder: string; runId: string | null }[]
  >`select folder, run_id as "runId" from model_version where id = ${id}`
  if (version === undefined)
    throw new AppError('RESOURCE_DOES_NOT_EXIST', `There is no model version ${id}: it may have been deleted meanwhile.`)
  const files = await readFiles((name) => Promise.resolve(`${version.folder}/${name}`))
  return { files, runId: version.runId, modelVersionId: id }
}

async function readFiles(keyOf: (name: string) => Promise<string>): Promise<ModelFiles> {
  const store = artifactStore()
  const read = async (name: string): Promise<Uint8Array> => store.get(await keyOf(name))
  return { 'model.json': await read('model.json'), 'weights.bin': await read('weights.bin') }
}
