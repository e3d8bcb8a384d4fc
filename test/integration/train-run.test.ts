import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { DEFAULT_POSTPROCESS, modelSpecSchema, type Postprocess } from '../../core/contracts/model-spec.ts'
import { REFERENCE_RUN_PARAMETERS, type RunParameters } from '../../core/contracts/run-parameters.ts'
import type { EpochWrite, EvaluationWrite, NewArtifact } from '../../core/runs/run-writer.ts'
import { syntheticImage } from '../../core/datasets/synthetic.ts'
import { scoreImage, scorePixels } from '../../core/segmentation/metrics.ts'
import { loadModel } from '../../networks/model-files.ts'
import { tf } from '../../networks/tensorflow.ts'
import { decodeCheckpoint, encodeCheckpoint } from '../../trainer/checkpoint.ts'
import type { DataImage } from '../../trainer/data.ts'
import { type Request, trainRun, type TrainConfig, type TrainIo } from '../../trainer/train-run.ts'
import { threads } from '../helpers/threads.ts'

/** Training in this process, without a database: what the loop does with its results goes to `Recorder`. */
const PARAMS: RunParameters = {
  ...REFERENCE_RUN_PARAMETERS,
  architecture: 'unet-mobilenetv2-light',
  encoder_alpha: 0.35,
  pretrained: 'none',
  decoder_filters: '16-16-8-8-8',
  image_size: 64,
  batch_size: 4,
  epochs: 4,
  learning_rate: 0.005,
  augmentation: 'flip',
  target: 'semantic+border',
  loss: 'cross_entropy+dice',
}

/** Named before the modules are loaded, which read the environment once. */
const pretrained = vi.hoisted(
  () => (process.env.KARYON_PRETRAINED_DIR = `${process.env.TMPDIR ?? '/tmp'}/karyon-pretrained-${process.pid}`),
)

let images: DataImage[]
beforeAll(async () => {
  await writeTinyPretrained()
  images = Array.from({ length: 16 }, (_, index) => {
    const { name, image, labels } = syntheticImage(index, 11, 64)
    const id = index.toString(16).padStart(32, '0')
    return {
      id,
      name,
      stratum: index % 2 === 0 ? 'even' : 'odd',
      width: labels.width,
      height: labels.height,
      read: () => Promise.resolve({ raster: image, labels }),
    }
  })
})

afterAll(() => rm(pretrained, { recursive: true, force: true }))

/** A folder of pretrained weights in the published form with the first layer alone: the others start at random. */
async function writeTinyPretrained(): Promise<void> {
  const model = join(pretrained, 'mobilenet_v2_0.35_no_top')
  await mkdir(model, { recursive: true })
  const shape = [3, 3, 3, 16]
  const values = Float32Array.from({ length: 3 * 3 * 3 * 16 }, (_, i) => Math.sin(i * 1.7) / 4)
  await writeFile(join(model, 'group1-shard1of1'), new Uint8Array(values.buffer))
  const manifest = [{ paths: ['group1-shard1of1'], weights: [{ name: 'Conv1/kernel', shape, dtype: 'float32' }] }]
  await writeFile(join(model, 'weights_manifest.json'), JSON.stringify(manifest))
}

// however a run ends, by its end, a request, an abort or an error
afterEach(() => expect(threads(), 'threads that outlive their run').toBe(0))

class Recorder implements TrainIo {
  readonly epochs: EpochWrite[] = []
  readonly files: NewArtifact[] = []
  readonly lines: string[] = []
  readonly evaluations: EvaluationWrite[] = []
  readonly tensors: number[] = []
  checkpoint: Uint8Array | null = null
  best: Uint8Array | null = null
  asked: Request | undefined
  signal = new AbortController().signal
  onEpoch: (epoch: number) => void = () => {}

  log(line: string): void {
    this.lines.push(line)
  }
  points(): void {}
  progress: TrainIo['progress'] = () => {}
  alive(): void {}
  async epoch(write: EpochWrite): Promise<void> {
    this.epochs.push(write)
    this.tensors.push(tf.memory().numTensors)
    const bytesOf = (name: RegExp): Uint8Array | null => write.artifacts.find((file) => name.test(file.name))?.bytes ?? null
    this.checkpoint = bytesOf(/^checkpoint\//)
    this.best = bytesOf(/weights\.bin$/) ?? this.best
    this.onEpoch(write.epoch)
    return Promise.resolve()
  }
  evaluation(write: EvaluationWrite): Promise<void> {
    this.evaluations.push(write)
    return Promise.resolve()
  }
  artifact(file: NewArtifact): Promise<void> {
    this.files.push(file)
    return Promise.resolve()
  }
  lastCheckpoint(): Promise<Uint8Array | null> {
    return Promise.resolve(this.checkpoint)
  }
  bestWeights(): Promise<Uint8Array | null> {
    return Promise.resolve(this.best)
  }
  request(): Request | undefined {
    return this.asked
  }
  systemPoints(): Promise<[]> {
    return Promise.resolve([])
  }

  curve(key: string): number[] {
    return this.epochs.map((write) => write.points.find((point) => point.key === key)?.value ?? NaN)
  }
}

function configOf(
  changes: Partial<RunParameters> = {},
  metric: TrainConfig['metric'] = { name: 'val/dice', goal: 'maximize' },
): TrainConfig {
  return {
    runId: 'a'.repeat(32),
    params: { ...PARAMS, ...changes },
    metric,
    dataset: { name: 'synthetic', version: 1, id: 'b'.repeat(32) },
    diameters: { p10: 8, p50: 12, p90: 16 },
    train: images.slice(0, 12),
    val: images.slice(12),
    panel: [images[12]!.id, images[14]!.id],
  }
}

describe('training', () => {
  test('learns, holds no more tensors from epoch to epoch, and leaves none', async () => {
    const before = tf.memory().numTensors
    const io = new Recorder()
    const outcome = await trainRun(configOf({ epochs: 8, dropout: 0.1 }), io)
    expect(outcome).toEqual({ status: 'finished', message: '' })
    expect(new Set(io.tensors).size, `tensors by epoch: ${io.tensors.join(', ')}`).toBe(1)
    expect(tf.memory().numTensors).toBe(before)
    const loss = io.curve('train/loss')
    expect(loss.at(-1)).toBeLessThan(0.75 * loss[0]!)
    expect(Math.max(...io.curve('val/dice'))).toBeGreaterThan(0.6)
    expect(io.curve('val/dice@even').every(Number.isFinite)).toBe(true)
    // panel maps at 1, 2, 4, 8, at the best and at the last; two images of two maps
    for (const { epoch, artifacts, best } of io.epochs) {
      const maps = artifacts.filter(({ kind }) => kind === 'probability' || kind === 'border')
      expect(maps, `epoch ${epoch}`).toHaveLength([1, 2, 4, 8].includes(epoch) || best?.epoch === epoch ? 4 : 0)
    }
    // all validation images with the best epoch's weights
    expect(io.files.filter(({ kind }) => kind === 'probability').map(({ imageId }) => imageId)).toEqual(
      images.slice(12).map(({ id }) => id),
    )
    expect(new Set(io.files.map(({ epoch }) => epoch))).toEqual(new Set([io.epochs.at(-1)?.best?.epoch]))
  })

  test('fine-tunes the encoder after its frozen epochs, and the model that it leaves predicts what was scored', async () => {
    const io = new Recorder()
    await trainRun(configOf({ epochs: 1, fine_tune_epochs: 2, fine_tune_at: 10 }), io)
    const last = io.epochs.findLast((write) => write.best?.epoch === write.epoch)
    const bytes = (name: string): Uint8Array => last?.artifacts.find((file) => file.name === name)?.bytes ?? new Uint8Array()
    const model = await loadModel({ 'model.json': bytes('model/model.json'), 'weights.bin': bytes('model/weights.bin') })
    expect(model.spec).toMatchObject({
      architecture: 'unet-mobilenetv2-light',
      epoch: last?.epoch,
      image_size: 64,
      trained_diameters: { p50: 12 },
    })
    const image = images[13]!
    const { raster, labels } = await image.read()
    const { foreground, border, width, height } = model.predict(raster)
    expect([width, height, border?.length]).toEqual([64, 64, 64 * 64])
    const scored = last?.imageScores.find(({ imageId }) => imageId === image.id)?.score.dice
    expect(scorePixels(foreground, labels, 0.5).dice).toBeCloseTo(scored ?? -1, 6)
    model.dispose()
  })

  test('tunes the post-processing of its best weights, and describes them with it', async () => {
    const io = new Recorder()
    await trainRun(configOf({ epochs: 6, target: 'semantic' }), io)
    const { best } = io.epochs.at(-1)!
    const [evaluation, ...more] = io.evaluations
    expect(more).toHaveLength(0)
    expect(evaluation).toMatchObject({ side: 'val', epoch: best?.epoch, settings: { tuned: true, tuned_images: 4 } })
    expect(evaluation?.scores.map(({ imageId }) => imageId)).toEqual(images.slice(12).map(({ id }) => id))
    const { settings, summary, artifacts } = evaluation!
    const before = settings.default as { postprocess: Postprocess; dice: number; map: number }
    expect(before.postprocess).toEqual(DEFAULT_POSTPROCESS)
    // What training wrote of that epoch is the score of the default settings.
    expect(io.curve('val/map')[best!.epoch - 1]).toBeCloseTo(before.map, 6)
    expect(summary['val/map']).toBeGreaterThanOrEqual(before.map)
    expect(summary['val/dice']).toBeGreaterThan(before.dice - 0.003)
    const described = modelSpecSchema.parse(JSON.parse(Buffer.from(artifacts[0]!.bytes!).toString()))
    expect(artifacts.map(({ name, epoch, isBest }) => [name, epoch, isBest])).toEqual([['model/model.json', best?.epoch, true]])
    expect(described).toMatchObject({ postprocess: settings.postprocess, postprocess_tuned: true, epoch: best?.epoch })
    // The weights stay those that were written with the epoch.
    const model = await loadModel({ 'model.json': artifacts[0]!.bytes!, 'weights.bin': io.best! })
    const { raster, labels } = await images[13]!.read()
    const { foreground } = model.predict(raster)
    const score = scoreImage(foreground, labels, described.postprocess)
    expect(score).toMatchObject({
      predicted_count: evaluation?.scores[1]?.score.predicted_count,
      found: evaluation?.scores[1]?.score.found,
    })
    expect(score.map).toBeCloseTo(evaluation?.scores[1]?.score.map ?? -1, 6)
    model.dispose()
    expect(io.lines.join('\n')).toMatch(/post-processing tuned on 4 of 4 images.*map 0\.\d+ -> 0\.\d+/)
  })

  test('with test-time augmentation scores, maps and describes its best weights by it, but no epoch', async () => {
    const [plain, flips] = [new Recorder(), new Recorder()]
    await trainRun(configOf({ epochs: 2 }), plain)
    await trainRun(configOf({ epochs: 2, test_time_augmentation: 'flips' }), flips)
    expect(flips.curve('val/dice')).toEqual(plain.curve('val/dice'))
    const [evaluation] = flips.evaluations
    expect(evaluation?.summary['val/loss']).not.toBe(plain.evaluations[0]?.summary['val/loss'])
    expect(evaluation?.settings).toMatchObject({ test_time_augmentation: 'flips' })
    expect(flips.files[0]?.bytes).not.toEqual(plain.files[0]?.bytes)
    const model = await loadModel({ 'model.json': evaluation!.artifacts[0]!.bytes!, 'weights.bin': flips.best! })
    expect(model.spec.test_time_augmentation).toBe('flips')
    const { raster, labels } = await images[12]!.read()
    const { foreground } = model.predict(raster)
    const dice = evaluation?.scores[0]?.score.dice ?? -1
    expect(scorePixels(foreground, labels, model.spec.postprocess.threshold).dice).toBeCloseTo(dice, 5)
    model.dispose()
  })

  test.each<Partial<RunParameters>>([
    { optimizer: 'sgd', loss: 'focal', augmentation: 'strong', sampling: 'crop', image_size: 32 },
    {
      ema_decay: 0.98,
      schedule: 'plateau',
      epochs: 1,
      fine_tune_epochs: 2,
      fine_tune_at: 12,
      loss: 'boundary_weighted',
      balance: 'strata',
    },
    { optimizer: 'adamw', loss: 'dice', architecture: 'unet-mobilenetv2', decoder_filters: '16-16-8-8', target: 'semantic' },
    // the encoder's features are kept from epoch to epoch, and computed again by the second
    { pretrained: 'imagenet', augmentation: 'none' },
  ])('resumes bit by bit: %o', async (changes) => {
    const config = configOf({ epochs: 3, schedule: 'cosine', dropout: 0.2, ...changes })
    const whole = new Recorder()
    await trainRun(config, whole)
    const first = new Recorder()
    const interrupted = new AbortController()
    first.signal = interrupted.signal
    first.onEpoch = (epoch) => epoch === 1 && interrupted.abort(new Error('killed'))
    await expect(trainRun(config, first)).rejects.toThrow('killed')
    const second = new Recorder()
    second.checkpoint = first.checkpoint
    second.best = first.best
    await trainRun(config, second)
    expect(second.epochs.map(({ epoch }) => epoch)).toEqual([2, 3])
    for (const key of ['train/loss', 'val/loss', 'val/dice', 'val/map'])
      expect([...first.curve(key).slice(0, 1), ...second.curve(key)], key).toEqual(whole.curve(key))
    expect(decodeCheckpoint(second.checkpoint!).weights).toEqual(decodeCheckpoint(whole.checkpoint!).weights)
    const keepsFeatures = changes.pretrained === 'imagenet'
    for (const { lines } of [whole, second]) expect(lines.some((line) => line.includes('features of the frozen'))).toBe(keepsFeatures)
  })

  test('stops for a loss that is no number, naming batch and images', async () => {
    const config = configOf({ epochs: 3 })
    const io = new Recorder()
    const interrupted = new AbortController()
    io.signal = interrupted.signal
    io.onEpoch = (epoch) => epoch === 1 && interrupted.abort(new Error('killed'))
    await expect(trainRun(config, io)).rejects.toThrow('killed')
    const checkpoint = decodeCheckpoint(io.checkpoint!)
    checkpoint.weights.data.fill(NaN, 0, 10)
    const poisoned = new Recorder()
    poisoned.checkpoint = encodeCheckpoint(checkpoint)
    poisoned.best = io.best
    const failure = await trainRun(config, poisoned).catch((error: unknown) => error)
    expect(String(failure)).toMatch(
      /The loss became NaN at batch 1 of epoch 2, images [0-9a-f]{32}(, [0-9a-f]{32})*\. The last checkpoint is kept/,
    )
    // nothing of the bad epoch was written, so the checkpoint before it stands
    expect(poisoned.epochs).toHaveLength(0)
  })

  test('ends early without a better validation loss, by the sweep metric it was asked for', async () => {
    const io = new Recorder()
    const outcome = await trainRun(
      configOf({ epochs: 12, learning_rate: 0.05, early_stopping_patience: 1, eval_every: 5 }, { name: 'val/loss', goal: 'minimize' }),
      io,
    )
    const losses = io.curve('val/loss')
    const least = losses.indexOf(Math.min(...losses)) + 1
    expect(io.epochs.at(-1)?.best?.epoch).toBe(least)
    expect(outcome.message).toBe(losses.length === 12 && least > 10 ? '' : `stopped early: val/loss has not improved since epoch ${least}`)
    expect(losses.length).toBe(Math.min(12, least + 1))
    // objects every fifth epoch, at the last planned, and at each that was the best when it came
    for (const { epoch, best, points, imageScores } of io.epochs) {
      const wanted = epoch % 5 === 0 || epoch === 12 || best?.epoch === epoch
      expect(
        points.some(({ key }) => key === 'val/ap50'),
        `epoch ${epoch}`,
      ).toBe(wanted)
      expect(imageScores.every(({ score }) => (score.ap50 !== null) === wanted)).toBe(true)
    }
  })

  test.each(['stop', 'prune'] as const)('asked to %s, keeps its best and predicts with it', async (request) => {
    const io = new Recorder()
    io.onEpoch = (epoch) => epoch === 2 && (io.asked = request)
    const outcome = await trainRun(configOf({ epochs: 50 }), io)
    expect(outcome.status).toBe(request === 'stop' ? 'finished' : 'pruned')
    expect(io.epochs).toHaveLength(2)
    expect(io.files.filter(({ kind }) => kind === 'probability')).toHaveLength(4)
  })

  test('ended while the features of its encoder are computed, leaves nothing behind', async () => {
    const before = tf.memory().numTensors
    const io = new Recorder()
    const ended = new AbortController()
    io.signal = ended.signal
    io.progress = ({ message }) => {
      if (message?.includes('features')) ended.abort(new Error('ended'))
    }
    await expect(trainRun(configOf({ pretrained: 'imagenet', augmentation: 'none' }), io)).rejects.toThrow('ended')
    expect(tf.memory().numTensors).toBe(before)
  })

  test('cancelled, leaves at once', async () => {
    const io = new Recorder()
    io.asked = 'cancel'
    expect((await trainRun(configOf(), io)).status).toBe('cancelled')
    expect(io.epochs).toHaveLength(0)
  })
})
