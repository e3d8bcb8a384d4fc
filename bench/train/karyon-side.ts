import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { REFERENCE_RUN_PARAMETERS } from '../../core/contracts/run-parameters.ts'
import { AppError } from '../../core/errors.ts'
import type { EncoderState } from '../../networks/mobilenet-v2.ts'
import { FROZEN } from '../../networks/network.ts'
import type { Network } from '../../networks/network.ts'
import { decodeTensorFile } from '../../networks/tensor-file.ts'
import { nativeBackend, tf, threadCount } from '../../networks/tensorflow.ts'
import type { Sample } from '../../trainer/augment/draw-patch.ts'
import { openBatchThread } from '../../trainer/batch-thread/open-batch-thread.ts'
import type { Batch } from '../../trainer/batches.ts'
import { fillFeatureCache } from '../../trainer/feature-cache.ts'
import { Optimizer } from '../../trainer/optimizer.ts'
import { trainStep } from '../../trainer/train-step.ts'
import { BATCH_SIZE, CLASSES, DESCRIPTION, IMAGE_SIZE, INPUTS, WEIGHTS } from './cases.ts'
import type { CaseName, Description, Measurement } from './cases.ts'
import { inChild } from './in-child.ts'
import { referenceNetwork } from './reference-network.ts'

/** Karyon's side of one case, with the step that a run executes. */
await inChild<{ inputs: string; case: CaseName; steps: number; output: string }>(async ({ inputs, case: caseName, steps, output }) => {
  const description = JSON.parse(await readFile(join(inputs, DESCRIPTION), 'utf8')) as Description
  const batches = await readBatches(inputs, description)
  const network = referenceNetwork(decodeTensorFile(await readFile(join(inputs, WEIGHTS)), WEIGHTS).tensors)
  const measured =
    caseName === 'predict'
      ? await measurePrediction(network, batches, description, steps, `${output}.probabilities`)
      : await measureTraining(network, batches, description, caseName, steps)
  const { binding } = nativeBackend() as unknown as { binding: { TF_Version: string } }
  const measurement: Measurement = {
    ...measured,
    peak_rss: process.resourceUsage().maxRSS * 1024,
    about: {
      node: process.versions.node,
      tfjs: tf.version_core,
      tensorflow: binding.TF_Version,
      'threads within an operation': threadCount(),
    },
  }
  await writeFile(output, JSON.stringify(measurement))
})

type Measured = Pick<Measurement, 'seconds' | 'processor_seconds' | 'losses' | 'tensors'>

function processorSeconds(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1e6
}

async function measureTraining(
  network: Network,
  batches: readonly Batch[],
  { cases, warm_up }: Description,
  caseName: CaseName,
  steps: number,
): Promise<Measured> {
  const { trainsEncoder, rate, epochs } = cases[caseName]
  const optimizer = new Optimizer('adam')
  let step = 0
  /** @returns seconds, and the loss where it is wanted: reading it makes the library wait */
  const run = async (
    wantsLoss: boolean,
    batch = batches[step % batches.length]!,
    features?: () => EncoderState,
  ): Promise<{ seconds: number; loss: number }> => {
    const started = performance.now()
    const mode = { trainFrom: trainsEncoder ? 0 : FROZEN, encoderNorm: 'frozen', step, dropout: { rate: 0, seed: 0 } } as const
    const result = trainStep(network, optimizer, batch, { mode, loss: 'cross_entropy', rate, features })
    await nextTurn()
    const seconds = (performance.now() - started) / 1000
    step++
    const loss = wantsLoss ? result.loss.dataSync()[0]! : NaN
    tf.dispose([result.loss, result.accuracy])
    return { seconds, loss }
  }
  const losses: number[] = []
  for (let i = 0; i < warm_up; i++) losses.push((await run(true)).loss)
  const before = tf.memory().numTensors
  const processor = processorSeconds()
  const seconds: number[] = []
  if (epochs > 0) {
    const { total, mean } = await trainEpochs(network, batches, epochs, (batch, features) => run(false, batch, features))
    return {
      seconds: [mean],
      processor_seconds: (processorSeconds() - processor) / total,
      losses,
      tensors: [before, tf.memory().numTensors],
    }
  }
  for (let i = 0; i < steps; i++) seconds.push((await run(false)).seconds)
  return { seconds, processor_seconds: processorSeconds() - processor, losses, tensors: [before, tf.memory().numTensors] }
}

/**
 * Whole epochs as a run trains them: mirrored images from the batch thread, the encoder's features computed first where
 * a run would keep them. All of it counts.
 */
async function trainEpochs(
  network: Network,
  batches: readonly Batch[],
  epochs: number,
  train: (batch: Batch, features: () => EncoderState) => Promise<unknown>,
): Promise<{ total: number; mean: number }> {
  const side = IMAGE_SIZE
  const samples = batches.flatMap(({ inputs, classes }, batch) =>
    Array.from({ length: BATCH_SIZE }, (_, at): Sample => {
      const [pixels, labels] = [
        new Uint8Array(new SharedArrayBuffer(side * side * 3)),
        new Uint16Array(new SharedArrayBuffer(side * side * 2)),
      ]
      pixels.set(inputs.subarray(at * pixels.length, (at + 1) * pixels.length).map((value) => Math.round((value + 1) * 127.5)))
      labels.set(classes.subarray(at * labels.length, (at + 1) * labels.length))
      return { id: `${batch}/${at}`, width: side, height: side, pixels, labels }
    }),
  )
  const params = { ...REFERENCE_RUN_PARAMETERS, image_size: side, batch_size: BATCH_SIZE, epochs }
  const source = { count: samples.length, get: (index: number) => Promise.resolve(samples[index]!), held: () => samples }
  const started = performance.now()
  const lines: string[] = []
  const options = { signal: new AbortController().signal, log: (line: string) => void lines.push(line), onProgress: () => {} }
  const cache = await fillFeatureCache(network, source, params, options)
  if (cache === undefined) throw new AppError('INTERNAL_ERROR', `No features were kept. ${lines.join(' ')}`)
  const images = samples.map(({ width, height }) => ({ width, height, stratum: '' }))
  const feed = openBatchThread({ images, samples, params })
  let total = 0
  for (let epoch = 1; epoch <= epochs; epoch++) {
    for await (const batch of feed.epoch(epoch)) {
      await train(batch, cache.of(batch))
      total++
    }
  }
  const mean = (performance.now() - started) / 1000 / total
  await feed.close()
  cache.dispose()
  return { total, mean }
}

async function measurePrediction(
  network: Network,
  batches: readonly Batch[],
  { batch_size, image_size, warm_up }: Description,
  steps: number,
  output: string,
): Promise<Measured> {
  // as predictPatches does, which also cuts images into patches and puts them together
  const predict = (at: number): Float32Array => {
    const { inputs } = batches[at % batches.length]!
    const probabilities = tf.tidy(() => network.probabilities(tf.tensor4d(inputs, [batch_size, image_size, image_size, 3])))
    const values = probabilities.dataSync() as Float32Array
    probabilities.dispose()
    return values
  }
  const first = predict(0)
  await writeFile(output, new Uint8Array(first.buffer, first.byteOffset, first.byteLength))
  for (let i = 1; i < warm_up; i++) predict(i)
  const before = tf.memory().numTensors
  const processor = processorSeconds()
  const seconds: number[] = []
  for (let i = 0; i < steps; i++) {
    const started = performance.now()
    predict(i)
    seconds.push((performance.now() - started) / 1000)
  }
  return { seconds, processor_seconds: processorSeconds() - processor, losses: [], tensors: [before, tf.memory().numTensors] }
}

async function readBatches(folder: string, { batches, batch_size, image_size }: Description): Promise<Batch[]> {
  const inputs = await readFile(join(folder, INPUTS))
  const classes = await readFile(join(folder, CLASSES))
  const pixels = batch_size * image_size * image_size
  return Array.from({ length: batches }, (_, index) => ({
    index,
    inputs: new Float32Array(cut(inputs, index, pixels * 3)),
    classes: new Int32Array(cut(classes, index, pixels)),
    weights: undefined,
    views: undefined,
    imageIds: Array.from({ length: batch_size }, (_, at) => String(at)),
  }))
}

/** Copied: a file's bytes need not begin where an array of numbers may. */
function cut(bytes: Buffer, index: number, values: number): ArrayBuffer {
  return Uint8Array.from(bytes.subarray(index * values * 4, (index + 1) * values * 4)).buffer
}
