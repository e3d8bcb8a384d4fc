import { type RunParameters, totalEpochs } from '../contracts/run-parameters.ts'
import type { SweepSpec, SweepSpecInput } from '../contracts/sweep-spec.ts'
import { sql } from '../sql.ts'
import { nextPoint, plannedRuns } from './next-points.ts'
import { parseSweepSpec } from './parse-spec.ts'
import { runParametersAt, searchSpace } from './space.ts'
import { type SweepImages, sweepImages } from './sweep-dataset.ts'
import { trainerSlots } from './trainer-slots.ts'

export interface SweepEstimate {
  runs: number
  /** Of the whole sweep, with as many runs at once as there are slots. */
  minutes: number
  minutesPerRun: number
  /** Runs trained at once. */
  slots: number
  diskBytes: number
  /** In words, what the times rest on: measured runs, or a rule of thumb. */
  measuredOn: string
  measured: boolean
  trainImages: number
  valImages: number
}

/** More points than this say no more about the mean. */
const SAMPLED_POINTS = 60

/**
 * How long a sweep will take and how much it will write, from the speed of earlier runs of the same architecture, encoder
 * width, image size and sampling; before there are any, by a rule of thumb that says so. Stores nothing.
 * @throws AppError as createSweep
 */
export async function estimateSweep(input: SweepSpecInput | SweepSpec): Promise<SweepEstimate> {
  const spec = parseSweepSpec(input)
  const runs = plannedRuns(spec)
  const dataset = await sweepImages(spec)
  const points = samplePoints(spec, runs)
  const [speeds, slots, diskBytes] = await Promise.all([measuredSpeeds(), trainerSlots(), estimateDisk(spec, runs, dataset)])
  const device = await trainerDevice()
  let seconds = 0
  let measuredPoints = 0
  for (const params of points) {
    const speed = speeds.get(speedKey(params))
    if (speed !== undefined) measuredPoints++
    seconds += totalEpochs(params) * dataset.trainImages * (speed?.secondsPerImage ?? ruleOfThumb(params, device)) + STARTUP_SECONDS
  }
  const minutesPerRun = seconds / Math.max(1, points.length) / 60
  const measured = points.length > 0 && measuredPoints === points.length
  return {
    runs,
    minutes: minutesPerRun * Math.ceil(runs / Math.min(slots, Math.max(1, runs))),
    minutesPerRun,
    slots,
    diskBytes,
    measured,
    measuredOn: measured
      ? `measured on ${countRuns(speeds, points)} like these`
      : measuredPoints > 0
        ? 'partly measured on earlier runs, partly a rule of thumb'
        : `a rule of thumb for ${device === 'gpu' ? 'a GPU' : 'two CPU cores'}: no like run has been measured here yet`,
    trainImages: dataset.trainImages,
    valImages: dataset.valImages,
  }
}

/** Loading TensorFlow, the weights and the images. */
const STARTUP_SECONDS = 8

function samplePoints(spec: SweepSpec, runs: number): RunParameters[] {
  const dimensions = searchSpace(spec)
  const stride = Math.max(1, Math.ceil(runs / SAMPLED_POINTS))
  const points: RunParameters[] = []
  for (let ordinal = 1; ordinal <= runs; ordinal += stride) {
    const point = nextPoint(spec, dimensions, ordinal, [])
    if (point !== null) points.push(runParametersAt(point, spec.seed))
  }
  return points
}

interface Speed {
  secondsPerImage: number
  runs: number
}

/** Crops of an image are several: sampling counts beside what the network costs. */
const speedKey = (p: Pick<RunParameters, 'architecture' | 'encoder_alpha' | 'image_size' | 'sampling'>): string =>
  JSON.stringify([p.architecture, p.encoder_alpha, p.image_size, p.sampling])

/**
 * Seconds an epoch takes for each training image (validation and writing included), the median over the newest runs of
 * each architecture, width, size and sampling. The last epochs count: the first holds the warm-up.
 */
async function measuredSpeeds(): Promise<Map<string, Speed>> {
  const rows = await sql()<{ architecture: string; alpha: string; size: string; sampling: string; seconds: number; runs: number }[]>`
    with measured as (
      select r.id, a.value as architecture, e.value as alpha, i.value as size, c.value as sampling,
             (select percentile_cont(0.5) within group (order by p.value) from metric_series m join metric_point p on p.series_id = m.id
              where m.run_id = r.id and m.key = 'perf/epoch_seconds' and p.value > 0 and p.value < 'Infinity') as epoch_seconds,
             least((select count(*) from split_group g join dataset_image d on d.group_id = g.group_id where g.split_id = r.split_id and g.side = 'train'),
                   coalesce((w.spec ->> 'limit_images')::bigint, 9223372036854775807)) as images
      from run r
      join run_state s on s.run_id = r.id and s.epoch > 0
      left join sweep w on w.id = r.sweep_id
      join param a on a.run_id = r.id and a.key = 'architecture'
      join param e on e.run_id = r.id and e.key = 'encoder_alpha'
      join param i on i.run_id = r.id and i.key = 'image_size'
      join param c on c.run_id = r.id and c.key = 'sampling'
      where r.source = 'karyon'
      order by s.started_at desc nulls last limit 100
    )
    select architecture, alpha, size, sampling, percentile_cont(0.5) within group (order by epoch_seconds / images) as seconds, count(*) as runs
    from measured where epoch_seconds is not null and images > 0 group by architecture, alpha, size, sampling`
  return new Map(
    rows.map((row) => [
      JSON.stringify([JSON.parse(row.architecture), JSON.parse(row.alpha), JSON.parse(row.size), JSON.parse(row.sampling)]),
      { secondsPerImage: row.seconds, runs: row.runs },
    ]),
  )
}

function countRuns(speeds: Map<string, Speed>, points: readonly RunParameters[]): string {
  const keys = new Set(points.map(speedKey))
  const runs = [...keys].reduce((sum, key) => sum + (speeds.get(key)?.runs ?? 0), 0)
  return runs === 1 ? '1 earlier run' : `${runs} earlier runs`
}

async function trainerDevice(): Promise<'cpu' | 'gpu'> {
  const [row] = await sql()<{ device: string }[]>`select device from trainer order by beat_at desc limit 1`
  return row !== undefined && /gpu|nvidia|cuda/i.test(row.device) ? 'gpu' : 'cpu'
}

/**
 * Seconds a training image on two CPU cores: 32 images a second for the reference recipe at 128 x 128 (a step of 16 in
 * half a second), a third more for validation; the narrow encoder and the light decoder about halve it, and it grows with
 * the pixels and with the crops that an image gives (four at most, and so many for most images). Training the encoder
 * costs as much again. A GPU is taken as fifteen times as fast.
 */
function ruleOfThumb(p: RunParameters, device: 'cpu' | 'gpu'): number {
  const reference = (1 / 32) * 1.33
  const width = p.encoder_alpha === 1 ? 1 : 0.55
  const decoder = p.architecture === 'unet-mobilenetv2-light' ? 0.6 : 1
  const pixels = (p.image_size / 128) ** 2
  const tuned = 1 + p.fine_tune_epochs / totalEpochs(p)
  const crops = p.sampling === 'crop' ? 4 : 1
  return (reference * width * decoder * pixels * crops * tuned) / (device === 'gpu' ? 15 : 1)
}

/** Bytes that the runs will write: as earlier runs of the same architecture and width did, else by their weights and maps. */
export async function estimateDisk(spec: SweepSpec, runs: number, dataset: Pick<SweepImages, 'valImages'>): Promise<number> {
  const rows = await sql()<{ architecture: string; alpha: string; bytes: number }[]>`
    select a.value as architecture, e.value as alpha, (sum(f.size) / count(distinct f.run_id))::float8 as bytes
    from artifact f
    join run_state s on s.run_id = f.run_id and s.status = 'finished'
    join param a on a.run_id = f.run_id and a.key = 'architecture'
    join param e on e.run_id = f.run_id and e.key = 'encoder_alpha'
    group by a.value, e.value`
  const measured = new Map(rows.map((row) => [`${row.architecture} ${row.alpha}`, row.bytes]))
  const points = samplePoints(spec, runs)
  const perRun = points.map((p) => measured.get(`${JSON.stringify(p.architecture)} ${p.encoder_alpha}`) ?? bytesOfRun(p, dataset.valImages))
  return perRun.length === 0 ? 0 : (perRun.reduce((a, b) => a + b, 0) / perRun.length) * runs
}

/** Of one probability map, 8-bit PNG with a longest side of 512. */
const MAP_BYTES = 25_000
const PANEL_IMAGES = 16

function bytesOfRun(p: RunParameters, valImages: number): number {
  const encoder = p.encoder_alpha === 1 ? 2.3e6 : 0.4e6
  const decoder = p.architecture === 'unet-mobilenetv2-light' ? 1e6 : 5e6
  // Best model, and two checkpoints kept with the optimizer's two moments of what is trained; 4 bytes a weight.
  const trained = decoder + (p.fine_tune_epochs > 0 ? encoder : 0)
  const weights = 4 * (encoder + decoder) + 2 * 4 * (encoder + decoder + 2 * trained)
  const mapped = Math.ceil(Math.log2(totalEpochs(p))) + 2
  return weights + MAP_BYTES * (mapped * PANEL_IMAGES + valImages)
}
