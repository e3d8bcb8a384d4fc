import { setImmediate as nextTurn } from 'node:timers/promises'
import { DEFAULT_POSTPROCESS } from '../core/contracts/model-spec.ts'
import type { ModelSpec, Postprocess } from '../core/contracts/model-spec.ts'
import { totalEpochs } from '../core/contracts/run-parameters.ts'
import type { RunParameters } from '../core/contracts/run-parameters.ts'
import type { EpochWrite, EvaluationWrite, NewArtifact, Progress } from '../core/runs/run-writer.ts'
import { DEFAULT_NORMALISE } from '../core/segmentation/normalise.ts'
import { decoderFilters } from '../networks/architectures.ts'
import { MODEL_JSON, modelFiles } from '../networks/model-files.ts'
import { FROZEN, Network } from '../networks/network.ts'
import type { TrainingMode } from '../networks/network.ts'
import { pretrainedEncoder } from '../networks/pretrained.ts'
import { device, threadCount } from '../networks/tensorflow.ts'
import { decodeTensorFile } from '../networks/tensor-file.ts'
import type { WeightSnapshot } from '../networks/weights.ts'
import { openBatchFeed } from './batch-feed.ts'
import { stepsPerEpoch } from './batches.ts'
import { decodeCheckpoint, encodeCheckpoint } from './checkpoint.ts'
import type { Checkpoint, CheckpointState } from './checkpoint.ts'
import { fillCache, sampleSource } from './data.ts'
import type { DataImage } from './data.ts'
import { evaluate } from './evaluate.ts'
import type { EvaluationOptions, EvaluationResult, ProbabilityPng } from './evaluate.ts'
import { BatchMeter } from './batch-meter.ts'
import { type FeatureCache, fillFeatureCache } from './feature-cache.ts'
import { Optimizer } from './optimizer.ts'
import { stepOrExplain } from './step-errors.ts'
import { learningRate, plateauAfter } from './schedule.ts'
import { trainStep } from './train-step.ts'
import { tuneBest } from './tune-best.ts'
import { prepareValidation } from './validation.ts'
import type { Validation } from './validation.ts'
import { WeightAverage } from './weight-average.ts'

export interface TrainConfig {
  runId: string
  params: RunParameters
  metric: { name: string; goal: 'maximize' | 'minimize' }
  dataset: ModelSpec['dataset']
  /** Of the dataset's nuclei, stored with the model. */
  diameters: ModelSpec['trained_diameters']
  train: readonly DataImage[]
  val: readonly DataImage[]
  /** Ids of the validation images whose maps are kept along the way. */
  panel: readonly string[]
}

export type Request = 'stop' | 'cancel' | 'prune'

/** Where a run's results go and its orders come from. */
export interface TrainIo {
  log(line: string): void
  points(list: { key: string; step: number; value: number }[]): void
  progress(progress: Progress): void
  /** A sign of life between two progresses. */
  alive(): void
  epoch(write: EpochWrite): Promise<void>
  evaluation(write: EvaluationWrite): Promise<void>
  artifact(file: NewArtifact): Promise<unknown>
  lastCheckpoint(): Promise<Uint8Array | null>
  /** weights.bin of the best epoch, when the run is resumed. */
  bestWeights(): Promise<Uint8Array | null>
  /** What was asked of the run meanwhile. */
  request(): Request | undefined
  /** Points of the machine at the end of an epoch: system/.. */
  systemPoints(): Promise<{ key: string; value: number }[]>
  signal: AbortSignal
}

export interface TrainOutcome {
  status: 'finished' | 'cancelled' | 'pruned'
  message: string
}

/** A snapshot of no tensors. */
const NOTHING: WeightSnapshot = { index: [], data: new Float32Array(0) }

type Best = { epoch: number; value: number }

/**
 * Trains one run from its start, or from its last checkpoint as if it had never stopped.
 * @throws AppError for a loss that is no number, too little memory, missing weights; the last checkpoint stays good
 */
export async function trainRun(config: TrainConfig, io: TrainIo): Promise<TrainOutcome> {
  const { params } = config
  const epochs = totalEpochs(params)
  const resumed = await readCheckpoint(io)
  const network = await makeNetwork(params, resumed, io)
  const { source, validation } = await loadData(config, io)
  const steps = stepsPerEpoch(config.train, params)
  let optimizer = new Optimizer(params.optimizer, params.weight_decay)
  const average = params.ema_decay > 0 ? new WeightAverage(params.ema_decay) : undefined
  if (resumed !== null) average?.restore(resumed.state.average.updates, resumed.averages)
  if (resumed !== null && phaseOf(params, resumed.state.epoch) === phaseOf(params, resumed.state.epoch + 1)) {
    optimizer.restore(resumed.state.optimizer.step, resumed.moments)
  }
  let step = resumed?.state.step ?? 0
  let plateau = resumed?.state.plateau ?? { factor: 1, since: 0 }
  let best: Best | null = resumed?.state.best ?? null
  let leastLoss: Best | null = resumed?.state.least_loss ?? null
  let bestWeights = best === null ? undefined : await restoreBest(io)
  if (bestWeights === undefined) best = null
  const meter = new BatchMeter(io, { epochs, steps, batchSize: params.batch_size })
  let lastEpoch = resumed?.state.epoch ?? 0
  let message = ''
  const batches = openBatchFeed(config.train, source, params, (line) => io.log(line))
  let features: FeatureCache | undefined

  try {
    features = await keepFeatures()
    for (let epoch = lastEpoch + 1; epoch <= epochs; epoch++) {
      const mode = trainingMode(params, epoch)
      if (epoch > 1 && phaseOf(params, epoch) !== phaseOf(params, epoch - 1)) {
        optimizer.dispose()
        optimizer = new Optimizer(params.optimizer, params.weight_decay)
        features?.dispose()
        features = undefined
        io.log(`epoch ${epoch}: the encoder is trained from block ${mode.trainFrom}`)
      }
      meter.startEpoch(epoch)
      let rate = 0
      for await (const batch of batches.epoch(epoch)) {
        io.signal.throwIfAborted()
        const request = io.request()
        // Without one complete epoch there is nothing to keep: a stop then waits for the first.
        if (request !== undefined && (request === 'cancel' || epoch > 1)) {
          if (request === 'cancel') return { status: 'cancelled', message: `cancelled in epoch ${epoch}` }
          return await finish(request, `stopped in epoch ${epoch}`)
        }
        rate = learningRate(params, {
          step,
          totalSteps: epochs * steps,
          phaseStart: phaseOf(params, epoch) === 'fine-tuning' ? params.epochs * steps : 0,
          fineTuning: isFineTuning(params, epoch),
          factor: plateau.factor,
        })
        const options = { mode: { ...mode, step }, loss: params.loss, rate, features: features?.of(batch) }
        const result = stepOrExplain(network, batch, options, () => trainStep(network, optimizer, batch, options))
        step++
        average?.update(network.weights, network.changing(mode), step)
        meter.add(result, batch, step)
        await nextTurn()
      }
      const training = meter.endEpoch()

      // The average is judged and kept in the weights' stead; training goes on from the weights themselves.
      const trained = network.weights.snapshot()
      if (average !== undefined) network.weights.load(average.snapshot())

      // Without test-time augmentation, whatever the parameter: an epoch's scores would cost four times as much.
      // A stop or the last epoch: whatever is worth scoring, is scored now.
      const isLast = epoch === epochs || io.request() !== undefined
      const scheduled = isLast || epoch % params.eval_every === 0
      const options = { ...evaluationOptions(params, io), postprocess: DEFAULT_POSTPROCESS, maps: new Set(config.panel) }
      let judged = await evaluate(network, validation, { ...options, objects: scheduled || 'later' })
      const candidate = judged.points[config.metric.name] ?? NaN
      const isBest = isBetter(candidate, best, config.metric.goal)
      if (isBest) best = { epoch, value: candidate }
      // The best epoch has its objects scored, whenever it comes.
      if (isBest && !scheduled) judged = await (judged.withObjects?.() ?? evaluate(network, validation, { ...options, objects: true }))
      const loss = judged.points['val/loss'] ?? NaN
      if (leastLoss === null || loss < leastLoss.value) leastLoss = { epoch, value: loss }

      const weights = average === undefined ? trained : network.weights.snapshot()
      if (average !== undefined) network.weights.load(trained)
      if (isBest) bestWeights = weights
      plateau = plateauAfter(plateau, epoch, leastLoss.epoch)
      const state: CheckpointState = {
        format: 'karyon-checkpoint-1',
        epoch,
        step,
        optimizer: { step: optimizer.step },
        best,
        least_loss: leastLoss,
        average: { updates: average?.updates ?? 0 },
        plateau,
        threads: threadCount(),
        device: device(),
        params,
      }
      const checkpoint = encodeCheckpoint({
        state,
        weights: trained,
        moments: optimizer.snapshot(),
        averages: average?.snapshot() ?? NOTHING,
      })
      const speed = meter.withEvaluation(epoch)
      await io.epoch({
        epoch,
        step,
        points: [
          ...Object.entries({
            ...judged.points,
            'train/loss': training.loss,
            'train/accuracy': training.accuracy,
            'train/learning_rate': rate,
          }),
          ...Object.entries({ 'perf/epoch_seconds': speed.epochSeconds, 'perf/images_per_second': speed.imagesPerSecond }),
        ].map(([key, value]) => ({ key, value })),
        imageScores: judged.images.map(({ imageId, score }) => ({ imageId, score })),
        artifacts: [
          { kind: 'checkpoint', name: `checkpoint/${epochName(epoch)}.bin`, epoch, bytes: checkpoint },
          ...(isBest ? modelArtifacts(config, epoch, weights) : []),
          ...(isBest || isLast || isPowerOfTwo(epoch) ? mapArtifacts(judged.maps, epoch, isBest) : []),
        ],
        best,
        imagesPerSecond: speed.imagesPerSecond,
        etaSeconds: isLast ? 0 : speed.etaSeconds,
      })
      io.points((await io.systemPoints()).map((point) => ({ ...point, step })))
      lastEpoch = epoch
      io.log(epochLine(epoch, epochs, training.loss, judged, speed.epochSeconds, isBest))

      const patience = params.early_stopping_patience
      if (patience > 0 && epoch - leastLoss.epoch >= patience && epoch < epochs) {
        message = `stopped early: val/loss has not improved since epoch ${leastLoss.epoch}`
        io.log(message)
        break
      }
    }
    return await finish(io.request(), message)
  } finally {
    await batches.close()
    features?.dispose()
    optimizer.dispose()
    average?.dispose()
    network.dispose()
  }

  /** Decided by the number of frozen epochs and not by those left: a resumed run decides the same. */
  async function keepFeatures(): Promise<FeatureCache | undefined> {
    if (params.pretrained === 'none' || lastEpoch >= params.epochs) return undefined
    return fillFeatureCache(network, source, params, {
      signal: io.signal,
      log: (line) => io.log(line),
      onProgress: (message) => io.progress({ epoch: lastEpoch, step, imagesPerSecond: null, etaSeconds: null, message }),
    })
  }

  /** Maps of the whole validation side from the best epoch's weights, post-processing tuned on them, then the run is over. */
  async function finish(request: Request | undefined, reason: string): Promise<TrainOutcome> {
    if (request === 'cancel') return { status: 'cancelled', message: `cancelled after epoch ${lastEpoch}` }
    if (best !== null && bestWeights !== undefined) {
      io.log(`predicting all ${validation.count} validation images with epoch ${best.epoch}, the best by ${config.metric.name}`)
      network.weights.load(bestWeights)
      const isCancelled = (): boolean => io.request() === 'cancel'
      const testTimeAugmentation = params.test_time_augmentation
      const tuned = await tuneBest(network, validation, config.val, { ...evaluationOptions(params, io), testTimeAugmentation, isCancelled })
      if (isCancelled()) return { status: 'cancelled', message: `cancelled after epoch ${lastEpoch}` }
      io.log(tuned.line)
      await Promise.all(mapArtifacts(tuned.maps, best.epoch, true).map((file) => io.artifact(file)))
      // The same weights with the settings that they are served with: one transaction, so that both tell the same.
      const [described] = modelArtifacts(config, best.epoch, bestWeights, tuned.postprocess).filter(({ name }) => name === MODEL_NAME)
      await io.evaluation({ ...tuned.evaluation, side: 'val', epoch: best.epoch, artifacts: described === undefined ? [] : [described] })
    }
    if (request === 'prune') return { status: 'pruned', message: reason }
    return { status: 'finished', message: reason }
  }
}

/** Epochs 1, 2, 4, 8, .. show the panel, beside the best and the last. */
function isPowerOfTwo(epoch: number): boolean {
  return (epoch & (epoch - 1)) === 0
}

function isBetter(value: number, best: Best | null, goal: 'maximize' | 'minimize'): boolean {
  if (Number.isNaN(value)) return false
  return best === null || (goal === 'maximize' ? value > best.value : value < best.value)
}

export function isFineTuning(params: Pick<RunParameters, 'epochs'>, epoch: number): boolean {
  return epoch > params.epochs
}

function phaseOf(params: RunParameters, epoch: number): string {
  return params.pretrained === 'none' ? 'all' : isFineTuning(params, epoch) ? 'fine-tuning' : 'frozen'
}

/** A random encoder learns from the first step, norms included; a pretrained one keeps its norms' statistics always. */
function trainingMode(params: RunParameters, epoch: number): Omit<TrainingMode, 'step'> {
  const dropout = { rate: params.dropout, seed: params.seed }
  if (params.pretrained === 'none') return { trainFrom: 0, encoderNorm: 'train', dropout }
  return { trainFrom: isFineTuning(params, epoch) ? params.fine_tune_at : FROZEN, encoderNorm: 'frozen', dropout }
}

async function readCheckpoint(io: TrainIo): Promise<Checkpoint | null> {
  const bytes = await io.lastCheckpoint()
  if (bytes === null) return null
  const checkpoint = decodeCheckpoint(bytes)
  io.log(`resumed from epoch ${checkpoint.state.epoch}`)
  const { threads, device: before } = checkpoint.state
  if (threads !== threadCount() || before !== device()) {
    io.log(
      `epochs before ran on ${before} with ${threads} threads, now ${device()} with ${threadCount()}: results will differ in the last digits`,
    )
  }
  return checkpoint
}

async function restoreBest(io: TrainIo): Promise<WeightSnapshot | undefined> {
  const bytes = await io.bestWeights()
  return bytes === null ? undefined : decodeTensorFile(bytes, 'The best weights').tensors
}

async function makeNetwork(params: RunParameters, resumed: Checkpoint | null, io: TrainIo): Promise<Network> {
  const network = new Network({ ...params, decoder_filters: decoderFilters(params.architecture, params.decoder_filters) }, params.seed)
  if (resumed !== null) network.weights.load(resumed.weights)
  else if (params.pretrained === 'imagenet') {
    network.weights.load(await pretrainedEncoder(params.encoder_alpha))
    io.log(`encoder: MobileNetV2 ${params.encoder_alpha}, ImageNet weights`)
  } else io.log(`encoder: MobileNetV2 ${params.encoder_alpha}, random start`)
  network.build()
  network.weights.dropUnused()
  return network
}

async function loadData(config: TrainConfig, io: TrainIo): Promise<{ source: ReturnType<typeof sampleSource>; validation: Validation }> {
  const { params, train, val } = config
  const started = Date.now()
  const total = train.length + val.length
  const report =
    (offset: number) =>
    (done: number): void =>
      io.progress({ epoch: 0, step: 0, imagesPerSecond: null, etaSeconds: null, message: `reading images, ${offset + done} of ${total}` })
  const source = sampleSource(train, DEFAULT_NORMALISE, params.sampling === 'resize' ? params.image_size : undefined)
  await fillCache(source, report(0), io.signal)
  const settings = { sampling: params.sampling, image_size: params.image_size, normalise: DEFAULT_NORMALISE }
  const validation = await prepareValidation(val, settings, params, report(train.length), io.signal)
  io.log(`${train.length} training and ${val.length} validation images read in ${((Date.now() - started) / 1000).toFixed(1)} s`)
  io.progress({ epoch: 0, step: 0, imagesPerSecond: null, etaSeconds: null, message: '' })
  return { source, validation }
}

function evaluationOptions(params: RunParameters, io: TrainIo): Omit<EvaluationOptions, 'objects' | 'maps' | 'onMaps' | 'postprocess'> {
  return { side: 'val', loss: params.loss, signal: io.signal, onProgress: () => io.alive() }
}

const MODEL_NAME = `model/${MODEL_JSON}`

/** @param tuned settings that were searched for these weights; else the defaults are written */
function modelArtifacts(config: TrainConfig, epoch: number, weights: WeightSnapshot, tuned?: Postprocess): NewArtifact[] {
  const { params } = config
  const files = modelFiles(
    {
      format: 1,
      architecture: params.architecture,
      encoder_alpha: params.encoder_alpha,
      decoder_filters: decoderFilters(params.architecture, params.decoder_filters),
      target: params.target,
      image_size: params.image_size,
      sampling: params.sampling,
      normalise: DEFAULT_NORMALISE,
      postprocess: tuned ?? DEFAULT_POSTPROCESS,
      postprocess_tuned: tuned !== undefined,
      test_time_augmentation: params.test_time_augmentation,
      trained_diameters: config.diameters,
      dataset: config.dataset,
      run_id: config.runId,
      epoch,
    },
    weights,
  )
  return Object.entries(files).map(([name, bytes]) => ({ kind: 'model', name: `model/${name}`, epoch, isBest: true, bytes }))
}

function mapArtifacts(maps: readonly ProbabilityPng[], epoch: number, isBest: boolean): NewArtifact[] {
  return maps.flatMap(({ imageId, imageName, foreground, border }) => {
    const file = { epoch, imageId, isBest }
    return [
      { ...file, kind: 'probability' as const, name: `probability/${epochName(epoch)}/${imageName}.png`, bytes: foreground },
      ...(border === undefined
        ? []
        : [{ ...file, kind: 'border' as const, name: `border/${epochName(epoch)}/${imageName}.png`, bytes: border }]),
    ]
  })
}

function epochName(epoch: number): string {
  return `epoch-${String(epoch).padStart(4, '0')}`
}

function epochLine(
  epoch: number,
  epochs: number,
  trainLoss: number,
  { points }: EvaluationResult,
  seconds: number,
  isBest: boolean,
): string {
  const shown = (['val/loss', 'val/dice', 'val/ap50', 'val/map'] as const).flatMap((key) =>
    points[key] === undefined ? [] : [`${key} ${points[key].toFixed(4)}`],
  )
  return `epoch ${epoch}/${epochs}: train/loss ${trainLoss.toFixed(4)}, ${shown.join(', ')}, ${seconds.toFixed(1)} s${isBest ? ', best so far' : ''}`
}
