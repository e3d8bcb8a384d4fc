import { statfs } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { SweepSpec, SweepSpecInput } from '../contracts/sweep-spec.ts'
import type { SweepView } from '../contracts/views.ts'
import { env } from '../env.ts'
import { AppError } from '../errors.ts'
import { createRun } from '../runs/create-run.ts'
import { type Query, sql } from '../sql.ts'
import type { Trial } from './bayes.ts'
import { estimateDisk } from './estimate.ts'
import { getSweep } from './get-sweep.ts'
import { nextPoint, plannedRuns } from './next-points.ts'
import { parseSweepSpec } from './parse-spec.ts'
import { type Point, runName, runParametersAt, searchSpace, varyingParameters } from './space.ts'
import { type SweepDataset, sweepDataset } from './sweep-dataset.ts'
import { trainerSlots } from './trainer-slots.ts'

/**
 * Creates a sweep and its first runs in one transaction: all of a grid's, as many of a random or Bayesian search as can
 * run at once (the schedule adds the others as these end).
 * @throws AppError INVALID_PARAMETER_VALUE with `details.fields`, RESOURCE_DOES_NOT_EXIST for an unknown dataset,
 *   INSUFFICIENT_STORAGE where its files would not fit on the disk
 */
export async function createSweep(input: SweepSpecInput | SweepSpec, actor: string): Promise<SweepView> {
  const spec = parseSweepSpec(input)
  const planned = plannedRuns(spec)
  const dataset = await sweepDataset(spec)
  await requireDisk(spec, planned, dataset)
  const slots = await trainerSlots()
  const sweepId = await sql().begin(async (tx) => {
    const experimentId = await ensureExperiment(tx, spec.experiment)
    const [row] = await tx<{ id: string }[]>`
      insert into sweep (name, experiment_id, dataset_version_id, split_id, method, metric_name, metric_goal, run_cap, spec, created_by)
      values (${spec.name}, ${experimentId}, ${dataset.versionId}, ${dataset.splitId}, ${spec.method}, ${spec.metric.name}, ${spec.metric.goal},
              ${planned}, ${JSON.stringify(spec)}::text::jsonb, ${actor})
      returning id`
    if (row === undefined) throw new Error('insert returned no row')
    const first = spec.method === 'grid' ? planned : Math.min(planned, slots)
    await addRuns(tx, { sweepId: row.id, experimentId, spec, dataset, actor, planned }, { count: first, after: 0, trials: [] })
    return row.id
  })
  return getSweep(sweepId)
}

export interface SweepForRuns {
  sweepId: string
  experimentId: number
  spec: SweepSpec
  dataset: Pick<SweepDataset, 'versionId' | 'splitId'>
  actor: string
  planned: number
}

export interface RunsToAdd {
  count: number
  /** The sweep's last ordinal so far, 0 for none. */
  after: number
  /** Its runs so far. */
  trials: readonly Trial[]
}

/**
 * Adds runs after those there are. The caller holds the sweep's row locked, or has just made it.
 * @returns how many were added; fewer than asked for where the search space is used up
 */
export async function addRuns(tx: Query, sweep: SweepForRuns, add: RunsToAdd): Promise<number> {
  const dimensions = searchSpace(sweep.spec)
  const varying = varyingParameters(sweep.spec)
  const known = [...add.trials]
  const fresh: { ordinal: number; point: Point }[] = []
  for (let ordinal = add.after + 1; fresh.length < add.count && ordinal <= sweep.planned; ordinal++) {
    const point = nextPoint(sweep.spec, dimensions, ordinal, known)
    if (point === null) break
    fresh.push({ ordinal, point })
    known.push({ point, value: null })
  }
  // Side by side on the transaction's one connection: a large grid does not wait for a round trip a run.
  await Promise.all(
    fresh.map(({ ordinal, point }) =>
      createRun(tx, {
        experimentId: sweep.experimentId,
        sweepId: sweep.sweepId,
        ordinal,
        name: runName(point, varying, sweep.spec.name),
        datasetVersionId: sweep.dataset.versionId,
        splitId: sweep.dataset.splitId,
        params: runParametersAt(point, sweep.spec.seed),
        actor: sweep.actor,
      }),
    ),
  )
  return fresh.length
}

async function ensureExperiment(tx: Query, name: string): Promise<number> {
  await tx`insert into experiment (name) values (${name}) on conflict (name) do nothing`
  const [row] = await tx<{ id: number }[]>`select id from experiment where name = ${name}`
  if (row === undefined) throw new Error('the experiment vanished')
  return row.id
}

/** Left free for the database and everything else on the disk. */
const RESERVE_BYTES = 500e6

async function requireDisk(spec: SweepSpec, runs: number, dataset: SweepDataset): Promise<void> {
  const folder = env().artifacts
  const free = await freeBytes(folder)
  const needed = await estimateDisk(spec, runs, dataset)
  if (free === undefined || free >= needed + RESERVE_BYTES) return
  const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(1)} GB`
  throw new AppError(
    'INSUFFICIENT_STORAGE',
    `The ${runs} runs would write about ${gigabytes(needed)}, and ${folder} has ${gigabytes(free)} free. Delete old runs, set a smaller run_cap, or give KARYON_ARTIFACTS another disk.`,
  )
}

/** Of the disk that holds a folder, which may not exist yet. */
async function freeBytes(folder: string): Promise<number | undefined> {
  for (let at = folder; ; at = dirname(at)) {
    try {
      const { bavail, bsize } = await statfs(at)
      return bavail * bsize
    } catch {
      if (dirname(at) === at) return undefined
    }
  }
}
