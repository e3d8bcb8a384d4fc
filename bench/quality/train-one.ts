import { writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { runParametersSchema } from '../../core/contracts/run-parameters.ts'
import { AppError } from '../../core/errors.ts'
import type { EpochWrite, EvaluationWrite, NewArtifact } from '../../core/runs/run-writer.ts'
import { metricKeys } from '../../core/segmentation/metrics.ts'
import { loadModel, type ModelFiles } from '../../networks/model-files.ts'
import { evaluate } from '../../trainer/evaluate.ts'
import { trainRun, type TrainIo } from '../../trainer/train-run.ts'
import { prepareValidation } from '../../trainer/validation.ts'
import { CONFIGURATIONS } from './configurations.ts'
import { readBenchDataset, splitBenchDataset, type Sides } from './dataset.ts'

/** One run of one configuration on one split, by the product's own loop; what came out is written as JSON. */
export interface Outcome {
  configuration: string
  seed: number
  /** Groups and images of each stratum on the judged sides: a stratum's figure means little below ten groups. */
  counts: Record<'val' | 'test', Record<string, { groups: number; images: number }>>
  /** Of training, validation in every epoch included. */
  minutes: number
  peakMegabytes: number
  epochs: { epoch: number; minutes: number; points: Record<string, number> }[]
  best: { epoch: number; value: number } | null
  /** By the best epoch's weights as they would be registered. */
  validation: Record<string, number>
  /** Only when the test side was asked for. */
  test: Record<string, number> | null
  baseline: Record<string, number>
}

class Recorder implements TrainIo {
  readonly epochs: Outcome['epochs'] = []
  best: Outcome['best'] = null
  readonly model: Partial<ModelFiles> = {}
  readonly signal = new AbortController().signal
  private readonly startedAt = Date.now()

  log(line: string): void {
    process.stderr.write(`  ${line}\n`)
  }
  points(): void {}
  progress(): void {}
  alive(): void {}
  epoch(write: EpochWrite): Promise<void> {
    const points = Object.fromEntries(write.points.map(({ key, value }) => [key, value]))
    this.epochs.push({ epoch: write.epoch, minutes: this.minutes(), points })
    this.best = write.best
    for (const file of write.artifacts) this.keep(file)
    return Promise.resolve()
  }
  evaluation(write: EvaluationWrite): Promise<void> {
    // The description of the best weights with their tuned post-processing.
    for (const file of write.artifacts) this.keep(file)
    return Promise.resolve()
  }
  artifact(file: NewArtifact): Promise<void> {
    this.keep(file)
    return Promise.resolve()
  }
  lastCheckpoint(): Promise<null> {
    return Promise.resolve(null)
  }
  bestWeights(): Promise<null> {
    return Promise.resolve(null)
  }
  request(): undefined {
    return undefined
  }
  systemPoints(): Promise<[]> {
    return Promise.resolve([])
  }
  minutes(): number {
    return (Date.now() - this.startedAt) / 60_000
  }
  private keep({ name, bytes }: NewArtifact): void {
    if (bytes === undefined) return
    if (name === 'model/model.json') this.model['model.json'] = bytes
    if (name === 'model/weights.bin') this.model['weights.bin'] = bytes
  }
}

const { values: options } = parseArgs({
  options: {
    configuration: { type: 'string', default: 'defaults' },
    set: { type: 'string', multiple: true, default: [] },
    seed: { type: 'string', default: '0' },
    data: { type: 'string', default: '' },
    cache: { type: 'string', default: '' },
    out: { type: 'string', default: '' },
    'reveal-test': { type: 'boolean', default: false },
  },
})
const seed = Number(options.seed)
const dataset = await readBenchDataset(options.data, options.cache, (line) => process.stderr.write(`${line}\n`))
const sides = splitBenchDataset(dataset, seed)
const io = new Recorder()
await trainRun(
  {
    runId: '0'.repeat(32),
    params: readParameters(),
    metric: { name: 'val/dice', goal: 'maximize' },
    dataset: { name: 'bench', version: 1, id: '0'.repeat(32) },
    diameters: dataset.diameters,
    train: sides.train.map(({ image }) => image),
    val: sides.val.map(({ image }) => image),
    panel: [],
  },
  io,
)
const minutes = io.minutes()
const peakMegabytes = process.resourceUsage().maxRSS / 1024
const outcome: Outcome = {
  configuration: [options.configuration, ...options.set].join(' '),
  seed,
  counts: { val: countsOf(sides.val), test: countsOf(sides.test) },
  minutes,
  peakMegabytes,
  epochs: io.epochs,
  best: io.best,
  validation: await judge('val'),
  test: options['reveal-test'] ? await judge('test') : null,
  baseline: metricKeys(
    'val',
    sides.val.map(({ baseline, stratum }) => ({ ...baseline, stratum })),
  ),
}
await writeFile(options.out, JSON.stringify(outcome, null, 1))
process.exit(0)

/** The configuration's parameters, with `name=value` of --set in their stead. */
function readParameters(): ReturnType<typeof runParametersSchema.parse> {
  const base = CONFIGURATIONS[options.configuration]
  if (base === undefined)
    throw new AppError('BAD_REQUEST', `There is no configuration ${options.configuration}: ${Object.keys(CONFIGURATIONS).join(', ')}.`)
  const changes = options.set.map((text) => {
    const [name = '', value = ''] = text.split('=')
    return [name, value !== '' && !Number.isNaN(Number(value)) ? Number(value) : value] as const
  })
  return runParametersSchema.parse({ ...base, ...Object.fromEntries(changes), seed })
}

/** What the kept model says of a side, object by object. */
async function judge(side: 'val' | 'test'): Promise<Record<string, number>> {
  const { 'model.json': json, 'weights.bin': weights } = io.model
  if (json === undefined || weights === undefined) throw new AppError('INTERNAL_ERROR', 'The run left no model.')
  const model = await loadModel({ 'model.json': json, 'weights.bin': weights })
  const task = { target: model.spec.target, loss: 'cross_entropy' } as const
  const images = sides[side].map(({ image }) => image)
  const validation = await prepareValidation(images, model.spec, task, () => {}, io.signal)
  const { postprocess } = model.spec
  const result = await evaluate(model.network, validation, {
    side,
    loss: task.loss,
    postprocess,
    testTimeAugmentation: model.spec.test_time_augmentation,
    objects: true,
    maps: 'none',
    signal: io.signal,
  })
  model.dispose()
  return result.points
}

function countsOf(images: Sides['val']): Record<string, { groups: number; images: number }> {
  const strata = [...new Set(images.map((image) => image.stratum))].sort()
  return Object.fromEntries(
    strata.map((stratum) => {
      const members = images.filter((image) => image.stratum === stratum)
      return [stratum, { groups: new Set(members.map((image) => image.group)).size, images: members.length }]
    }),
  )
}
