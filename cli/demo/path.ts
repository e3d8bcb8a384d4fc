import { mkdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { z } from 'zod'
import { type SweepSpecInput, sweepSpecSchema } from '../../core/contracts/sweep-spec.ts'
import {
  datasetViewSchema,
  jobViewSchema,
  modelVersionViewSchema,
  modelViewSchema,
  predictionViewSchema,
  promotionReviewSchema,
  sweepViewSchema,
  type DatasetView,
  type JobView,
  type ModelVersionView,
  type SweepView,
} from '../../core/contracts/views.ts'
import { env } from '../../core/env.ts'
import { AppError, type ErrorCode } from '../../core/errors.ts'
import { print, score, table } from '../output.ts'
import { drawOverlay } from '../overlay.ts'
import { Progress } from '../progress.ts'
import type { Api } from './api.ts'
import type { DemoData } from './data.ts'
import { imagesSchema, importResultSchema, jobsSchema, type Leaderboard, sweepsSchema } from './schemas.ts'

/** The steps of the demo after the data is at hand, each through the HTTP API, each safe to be repeated. */
export const MODEL = 'nuclei'
const POLL_MS = 400
/** How long a new champion may take until it answers: a second predictor is started and warmed meanwhile. */
const SERVED_WITHIN_MS = 120_000

export async function importImages(api: Api, { path, name }: DemoData): Promise<string> {
  const { jobs } = await api.get('jobs?kind=import&limit=100', jobsSchema)
  const same = jobs.filter(({ payload }) => payload['name'] === name && payload['path'] === path)
  const earlier = await finishedImport(api, path, same)
  if (earlier !== undefined) {
    print(`  ${earlier} was imported from this file before, and the file has not changed since.`)
    return earlier
  }
  // Interrupted and begun again: the import that was queued then goes on.
  const unfinished = same.find(({ status }) => status === 'queued' || status === 'running')
  const job = await followJob(api, unfinished ?? (await api.post('datasets', { name, source: path }, jobViewSchema)), 'Importing')
  const result = importResultSchema.parse(job.result)
  print(
    `  ${result.created ? 'Imported' : 'These images are already'} ${result.ref}: ${result.images} images, ${result.objects} nuclei, in ${result.groups} fields.`,
  )
  return result.ref
}

/** The dataset version that an earlier call made of this very file. A folder may change without its own time changing. */
async function finishedImport(api: Api, path: string, jobs: readonly JobView[]): Promise<string | undefined> {
  const file = await stat(path)
  const job = jobs.find(
    ({ status, started_at: startedAt }) =>
      status === 'finished' && startedAt !== null && startedAt > file.mtimeMs && startedAt > file.ctimeMs,
  )
  if (job === undefined || !file.isFile()) return undefined
  const { ref } = importResultSchema.parse(job.result)
  const there = await api.get('datasets', z.object({ datasets: z.array(datasetViewSchema) }))
  const known = there.datasets.some(({ name, versions }) => versions.some(({ version }) => `${name}@${version}` === ref))
  return known ? ref : undefined
}

export async function describeDataset(api: Api, ref: string): Promise<DatasetView> {
  const dataset = await api.get(`datasets/${encodeURIComponent(ref)}`, datasetViewSchema)
  for (const split of dataset.latest.splits.slice(0, 1)) {
    const { train, val, test } = split.sides
    print(`  ${split.leak_check.message.replace(/\.$/, '')}. Train ${train.images}, validation ${val.images}, test ${test.images} images.`)
  }
  return dataset
}

/** Begins the sweep, or finds the one that an earlier call began. */
export async function beginSweep(api: Api, input: SweepSpecInput): Promise<SweepView> {
  const spec = sweepSpecSchema.parse(input)
  const { sweeps } = await api.get('sweeps?max_results=1000', sweepsSchema)
  const same = sweeps.find((sweep) => sweep.state !== 'cancelled' && isDeepStrictEqual(sweep.spec, spec) && sweep.counts.failed === 0)
  if (same !== undefined) {
    print(`  Going on with the sweep "${same.name}" of an earlier call (${same.state}).`)
    return same
  }
  return api.post('sweeps', spec, sweepViewSchema)
}

/** @throws AppError when no run has a result, with what the runs say */
export function printLeaderboard({ sweep, rows, baseline, varying }: Leaderboard): Leaderboard['rows'][number] {
  const metricOf = (row: Leaderboard['rows'][number], key: string): string | null => score(row.run.metrics[key]?.best)
  print(
    table(
      ['RUN', ...varying.map((name) => name.toUpperCase()), 'VAL/DICE', 'VAL/AP50', 'VAL/MAP', 'BEST EPOCH', 'STATUS'],
      [
        [
          'Otsu + watershed',
          ...varying.map(() => null),
          score(baseline['val/dice']),
          score(baseline['val/ap50']),
          score(baseline['val/map']),
          null,
          'baseline',
        ],
        ...rows.map((row) => [
          row.run.name.slice(0, 40),
          ...varying.map((name) => String(row.run.params[name] ?? '')),
          metricOf(row, 'val/dice'),
          metricOf(row, 'val/ap50'),
          metricOf(row, 'val/map'),
          row.best?.epoch ?? null,
          row.run.status,
        ]),
      ],
    ),
  )
  const best = rows.find((row) => row.best !== null && row.run.status !== 'cancelled')
  if (best !== undefined) return best
  if (sweep.state === 'cancelled') {
    throw new AppError(
      'RESOURCE_CONFLICT',
      `The sweep "${sweep.name}" was cancelled before a run had a result. The same command begins a new one.`,
    )
  }
  const reasons = rows.map(({ run }) => `${run.name}: ${run.status}${run.message === '' ? '' : `, ${run.message}`}`)
  throw new AppError('INTERNAL_ERROR', `No run of "${sweep.name}" has a result. ${reasons.join('; ')}`)
}

/** Registers a run and makes it champion, unless it is. */
export async function promoteBest(api: Api, board: Leaderboard, best: Leaderboard['rows'][number]): Promise<ModelVersionView> {
  const { run } = best
  const version = await api.post(
    `models/${MODEL}/versions`,
    { run_id: run.run_id, notes: `Best of "${board.sweep.name}"` },
    modelVersionViewSchema,
  )
  const review = await api.get(`promotion-review?model=${MODEL}&version=${version.version}`, promotionReviewSchema)
  if (review.champion?.version === version.version) {
    print(`  Version ${version.version} of ${MODEL} is its champion already.`)
    return version
  }
  const value = `validation ${board.sweep.metric.name.replace('val/', '')} ${score(best.best?.value) ?? '?'} at epoch ${best.best?.epoch ?? '?'}`
  const beside =
    review.difference === null
      ? ''
      : `; ${signed(review.difference.mean)} beside version ${review.champion?.version ?? '?'}${review.difference.tied ? ', a tie' : ''}`
  const reason = `Best of the ${board.rows.length} runs of "${board.sweep.name}" by ${value}${beside}`
  await api.post(
    `models/${MODEL}/promote`,
    { version: version.version, reason, expected_version: review.champion?.version ?? null },
    modelViewSchema,
  )
  print(`  Version ${version.version} of ${MODEL} is its champion. Reason kept: ${reason}.`)
  return version
}

/** Registering a version scores the test side once. What comes out is said, and is no reason to fail. */
export async function awaitTestScores(api: Api, version: ModelVersionView): Promise<void> {
  const { jobs } = await api.get('jobs?kind=evaluate&limit=50', jobsSchema)
  const job = jobs.find(({ status, payload }) => status !== 'finished' && !isOver(status) && payload['split_id'] === version.split_id)
  if (job !== undefined) {
    const failed = await followJob(api, job, 'Scoring the test side').then(
      () => undefined,
      (error: unknown) => error,
    )
    if (failed instanceof AppError) return print(`  The test side could not be scored: ${failed.message}`)
    if (failed !== undefined) throw failed
  }
  const model = await api.get(`models/${MODEL}`, modelViewSchema)
  const metrics = model.versions.find((one) => one.version === version.version)?.metrics ?? {}
  if (metrics['test/dice'] === undefined) return print('  No score of the test side is stored.')
  print(
    `  Test side, looked at once: Dice ${score(metrics['test/dice']) ?? '-'}, AP50 ${score(metrics['test/ap50']) ?? '-'}, mAP ${score(metrics['test/map']) ?? '-'}.`,
  )
}

const isOver = (status: JobView['status']): boolean => status === 'failed' || status === 'cancelled'

/** Segments one image of the test side by the served champion and writes what came out. @returns the files */
export async function predictTestImage(api: Api, dataset: DatasetView, version: ModelVersionView): Promise<string[]> {
  const split = dataset.latest.splits.find(({ split_id }) => split_id === version.split_id) ?? dataset.latest.splits[0]
  const { images } = await api.get(
    `datasets/${encodeURIComponent(dataset.latest.ref)}/images?side=test&limit=1000${split === undefined ? '' : `&split=${split.split_id}`}`,
    imagesSchema,
  )
  // Neither the emptiest nor the fullest; the same one each time.
  const byCount = images.toSorted((a, b) => a.object_count - b.object_count || a.name.localeCompare(b.name))
  const image = byCount[Math.floor(byCount.length * 0.7)]
  if (image === undefined) throw new AppError('RESOURCE_DOES_NOT_EXIST', `${dataset.latest.ref} has no test images.`)
  const bytes = await api.bytes(`images/${image.image_id}/content`)
  const view = await served(api, bytes, version.version)
  const labels = Buffer.from(await (await api.predict(`models/${MODEL}/predict?format=labels`, bytes)).arrayBuffer())
  const folder = join(env().home, 'demo')
  await mkdir(folder, { recursive: true })
  const stem = join(
    folder,
    image.name
      .replace(/[^A-Za-z0-9._-]+/g, '_')
      .replace(/\.[a-z]+$/i, '')
      .slice(0, 80),
  )
  const files = [`${stem}_labels.png`, `${stem}_overlay.png`]
  await writeFile(files[0] ?? '', labels)
  await writeFile(files[1] ?? '', await drawOverlay(bytes, labels, image.name))
  print(
    `  ${image.name} (${image.width} x ${image.height}): ${view.count} nuclei found, ${image.object_count} were drawn by experts; ${view.milliseconds} ms.`,
  )
  for (const warning of view.warnings) print(`  ${warning}`)
  for (const file of files) print(`  ${file}`)
  return files
}

/** The prediction of that version; until the model server has switched to it, the one before answers. */
async function served(api: Api, image: Uint8Array, version: string): Promise<ReturnType<typeof predictionViewSchema.parse>> {
  const until = Date.now() + SERVED_WITHIN_MS
  for (;;) {
    const view = predictionViewSchema.parse(await (await api.predict(`models/${MODEL}/predict`, image)).json())
    if (view.version === version) return view
    if (Date.now() > until)
      throw new AppError(
        'TEMPORARILY_UNAVAILABLE',
        `The model server still answers with version ${view.version} instead of ${version}; its log says why (\`logs\` in ${env().home}).`,
      )
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
  }
}

async function followJob(api: Api, queued: JobView, title: string): Promise<JobView> {
  const progress = new Progress()
  try {
    for (let job = queued; ; job = await api.get(`jobs/${queued.job_id}`, jobViewSchema)) {
      if (job.status === 'finished') return job
      if (job.error !== null)
        throw new AppError(job.error.error_code as ErrorCode, job.error.message, { details: { problems: job.error.problems } })
      if (job.status === 'cancelled') throw new AppError('RESOURCE_CONFLICT', `${title} was cancelled.`)
      progress.show(title, job.status === 'running' ? job.progress : undefined, job.message)
      await new Promise((resolve) => setTimeout(resolve, POLL_MS))
    }
  } finally {
    progress.clear()
  }
}

const signed = (value: number): string => `${value >= 0 ? '+' : ''}${value.toFixed(4)}`
