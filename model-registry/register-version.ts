import { randomBytes } from 'node:crypto'
import { type ArtifactStore, artifactStore } from '../core/artifacts/index.ts'
import { type ModelSpec, modelSpecSchema } from '../core/contracts/model-spec.ts'
import type { ModelVersionView } from '../core/contracts/views.ts'
import { AppError } from '../core/errors.ts'
import { createJob } from '../core/jobs/create-job.ts'
import { getRun } from '../core/runs/get-run.ts'
import { type Query, sql } from '../core/sql.ts'
import { copyFiles, type ModelFile, removeUnclaimed, requireModelFiles } from './model-files.ts'
import { getModelVersion } from './list-models.ts'
import { lockModel } from './lock-model.ts'
import { modelNameSchema, parseField } from './names.ts'
import { validationMetrics } from './validation-metrics.ts'

export interface Registration {
  name: string
  runId: string
  actor: string
  notes?: string
}

/** The version, and whether this call made it. */
export type RegisteredVersion = ModelVersionView & { created: boolean }

/**
 * Makes the best weights of a run a version of a model, which is created when missing. The version owns a copy of its
 * files and of its tuned scores, so it outlives the run. A run that is a version already, at the same epoch, gives that
 * version, unless its post-processing was tuned since.
 *
 * Registering opens the seal of the test set once: the look is counted, and the test side is scored by a queued job.
 * Files are copied first, under a name never used again; the row is the commit.
 *
 * @throws AppError RESOURCE_DOES_NOT_EXIST for an unknown run; RESOURCE_CONFLICT for one that is deleted, foreign, or
 *   has no stored model yet; INVALID_PARAMETER_VALUE for an impossible name
 */
export async function registerVersion({ name, runId, actor, notes = '' }: Registration): Promise<RegisteredVersion> {
  parseField(modelNameSchema, name, 'name')
  const run = await getRun(runId)
  if (run.source === 'external') {
    throw new AppError(
      'RESOURCE_CONFLICT',
      `Run "${run.name}" was logged by another program: Karyon has no model of it that it could serve. Register a run that Karyon trained.`,
    )
  }
  if (run.lifecycle_stage === 'deleted') throw new AppError('RESOURCE_CONFLICT', `Run "${run.name}" is deleted. Restore it first.`)
  const files = await requireModelFiles(run)
  const store = artifactStore()
  const spec = await readSpec(store, files.files, run.name)
  let folder: string | undefined
  try {
    const { version, created } = await sql().begin(async (tx) => {
      await tx`insert into registered_model (name) values (${name}) on conflict (name) do nothing`
      const model = await lockModel(tx, name)
      const [same] = await tx<{ version: number }[]>`
        select version from model_version
        where model_id = ${model.id} and run_id = ${runId} and epoch = ${files.epoch}
          and coalesce((spec->>'postprocess_tuned')::boolean, false) = ${spec.postprocess_tuned}
        order by version desc limit 1`
      if (same !== undefined) return { version: same.version, created: false }
      await removeUnclaimed(tx, store, model)
      const [{ version } = { version: 1 }] = await tx<{ version: number }[]>`
        select coalesce(max(version), 0) + 1 as version from model_version where model_id = ${model.id}`
      folder = `models/${name}/${version}-${randomBytes(4).toString('hex')}`
      const copied = await copyFiles(store, files.files, folder)
      const id = await insertVersion(tx, {
        modelId: model.id,
        version,
        run,
        epoch: files.epoch,
        folder,
        spec,
        notes,
        actor,
        ...copied,
        // As the run logged them, under the default post-processing, so that versions and runs compare.
        metrics: await validationMetrics(runId, files.epoch, tx),
      })
      await keepTunedScores(tx, runId, files.epoch, id)
      await openTestSide(tx, { run, versionId: id, name, version, actor })
      return { version, created: true }
    })
    return { ...(await getModelVersion(name, version)), created }
  } catch (error) {
    // Not committed, unless it is the reading afterwards that failed: then a row claims the folder.
    if (folder !== undefined && !(await isClaimed(folder))) await store.deleteAll(folder)
    throw error
  }
}

/** @throws AppError RESOURCE_CONFLICT where the model's description is missing or not understood */
async function readSpec(store: ArtifactStore, files: readonly ModelFile[], runName: string): Promise<ModelSpec> {
  try {
    const key = files.find(({ name }) => name === 'model.json')?.key ?? ''
    return modelSpecSchema.parse(JSON.parse((await store.get(key)).toString('utf8')))
  } catch (cause) {
    throw new AppError(
      'RESOURCE_CONFLICT',
      `The stored model of run "${runName}" has no model.json that can be understood. Train the run again.`,
      { cause },
    )
  }
}

interface NewVersion {
  modelId: string
  version: number
  run: Awaited<ReturnType<typeof getRun>>
  epoch: number
  folder: string
  size: number
  sha256: string
  spec: ModelSpec
  metrics: Record<string, number>
  notes: string
  actor: string
}

async function insertVersion(tx: Query, v: NewVersion): Promise<string> {
  const [row] = await tx<{ id: string }[]>`
    insert into model_version (model_id, version, run_id, epoch, folder, size, sha256, dataset_version_id, split_id, spec, metrics, params, notes, created_by)
    values (${v.modelId}, ${v.version}, ${v.run.run_id}, ${v.epoch}, ${v.folder}, ${v.size}, ${v.sha256}, ${v.run.dataset_version_id}, ${v.run.split_id},
            ${JSON.stringify(v.spec)}::text::jsonb, ${JSON.stringify(v.metrics)}::text::jsonb, ${JSON.stringify(v.run.params)}::text::jsonb, ${v.notes}, ${v.actor})
    returning id`
  if (row === undefined) throw new Error('insert returned no row')
  return row.id
}

/** The scores of tuned post-processing go with the version: the run's own are deleted with the run. */
async function keepTunedScores(tx: Query, runId: string, epoch: number, versionId: string): Promise<void> {
  const [kept] = await tx<{ id: string; from: string }[]>`
    with own as (
      select * from evaluation
      where run_id = ${runId} and model_version_id is null and side = 'val' and epoch = ${epoch} and (settings->>'tuned')::boolean
      order by created_at desc limit 1
    ), copy as (
      insert into evaluation (model_version_id, dataset_version_id, split_id, side, epoch, settings, summary)
      select ${versionId}, dataset_version_id, split_id, side, epoch, settings, summary from own returning id
    )
    select copy.id, own.id as "from" from copy, own`
  if (kept === undefined) return
  await tx`
    insert into evaluation_image (evaluation_id, image_id, score)
    select ${kept.id}, image_id, score from evaluation_image where evaluation_id = ${kept.from}`
}

interface TestOpening {
  run: Awaited<ReturnType<typeof getRun>>
  versionId: string
  name: string
  version: number
  actor: string
}

/** Counts the look at the test set and queues its scoring, where the split has a test side. */
async function openTestSide(tx: Query, { run, versionId, name, version, actor }: TestOpening): Promise<void> {
  const { dataset_version_id: datasetVersionId, split_id: splitId } = run
  if (datasetVersionId === null || splitId === null) return
  const [test] = await tx`select 1 from split_group where split_id = ${splitId} and side = 'test' limit 1`
  if (test === undefined) return
  await tx`
    insert into test_look (dataset_version_id, split_id, run_id, model_version_id, reason, actor)
    values (${datasetVersionId}, ${splitId}, ${run.run_id}, ${versionId}, ${`registered as ${name} version ${version}`}, ${actor})`
  await createJob('evaluate', { model_version_id: versionId, split_id: splitId, side: 'test' }, actor, tx)
}

async function isClaimed(folder: string): Promise<boolean> {
  const rows = await sql()`select 1 from model_version where folder = ${folder}`.catch(() => [undefined])
  return rows.length > 0
}
