import { artifactStore } from '../../core/artifacts/index.ts'
import { env } from '../../core/env.ts'
import { readImage } from '../../core/datasets/read-image.ts'
import { diameterScale, scaledPostprocess } from '../../core/segmentation/diameter.ts'
import type { Raster } from '../../core/segmentation/image.ts'
import { probabilityToInstances } from '../../core/segmentation/instances.ts'
import { loadModel, type LoadedModel } from '../../networks/model-files.ts'
import { render } from './formats.ts'
import { type FromChild, type PredictAnswer, type PredictRequest, type Target, type ToChild, toWireError } from './messages.ts'

/**
 * The child that predicts: the only process of the model server with TensorFlow in it, because computing blocks. It does
 * one thing at a time, in the order in which it is told.
 */

/** Larger images are refused: their floating-point maps would take gigabytes. */
const MAX_PIXELS = 40_000_000
/** Side of the image of the trial prediction, which compiles what the first real one would wait for. */
const TRIAL_SIDE = 128

const models = new Map<string, LoadedModel>()

async function load(target: Target): Promise<LoadedModel> {
  const store = artifactStore()
  const [json, weights] = await Promise.all([store.get(`${target.folder}/model.json`), store.get(`${target.folder}/weights.bin`)])
  const model = await loadModel({ 'model.json': json, 'weights.bin': weights })
  try {
    model.predict(trialImage())
  } catch (error) {
    model.dispose()
    throw error
  }
  return model
}

function trialImage(): Raster {
  const data = new Uint8Array(TRIAL_SIDE * TRIAL_SIDE)
  for (let i = 0; i < data.length; i++) data[i] = (i * 7) % 256
  return { width: TRIAL_SIDE, height: TRIAL_SIDE, channels: 1, data }
}

async function predict(request: PredictRequest): Promise<PredictAnswer> {
  const kept = models.get(request.target.versionId)
  // It made room for another version while this request waited.
  const model = kept ?? (await load(request.target))
  try {
    return await predictWith(model, request)
  } finally {
    if (kept === undefined) model.dispose()
  }
}

async function predictWith(model: LoadedModel, request: PredictRequest): Promise<PredictAnswer> {
  const startedAt = performance.now()
  const image = await readImage(request.image, request.name, {
    maxPixels: MAX_PIXELS,
    ...(request.channel === undefined ? {} : { channel: request.channel }),
  })
  const scale = diameterScale(model.spec, request.diameter, image, MAX_PIXELS)
  const { foreground, border } = model.predict(image, scale)
  // What the request says is in pixels of its own image.
  const settings = { ...scaledPostprocess(model.spec.postprocess, scale), ...request.settings }
  const labels = probabilityToInstances(foreground, image.width, image.height, settings, border)
  return render({ labels, foreground, spec: model.spec, target: request.target, format: request.format, scale, startedAt })
}

function send(message: FromChild): void {
  process.send?.(message)
}

async function handle(message: ToChild): Promise<void> {
  switch (message.type) {
    case 'load':
      try {
        if (!models.has(message.target.versionId)) models.set(message.target.versionId, await load(message.target))
        send({ type: 'loaded', versionId: message.target.versionId })
      } catch (error) {
        send({ type: 'load-failed', versionId: message.target.versionId, error: toWireError(error) })
      }
      return
    case 'unload':
      models.get(message.versionId)?.dispose()
      models.delete(message.versionId)
      return
    case 'predict':
      try {
        send({ type: 'answer', id: message.id, answer: await predict(message.request) })
      } catch (error) {
        const wire = toWireError(error)
        if (wire.code === 'INTERNAL_ERROR') console.error(error)
        send({ type: 'failed', id: message.id, error: wire })
      }
      return
    default:
      throw new Error(`unknown message ${JSON.stringify(message satisfies never)}`)
  }
}

env()
let last = Promise.resolve()
process.on('message', (message: ToChild) => {
  last = last.then(() => handle(message))
})
// The server is gone, however it ended.
process.on('disconnect', () => process.exit(0))
// Ctrl-C reaches the whole group of a terminal: the server ends this process in order.
process.on('SIGINT', () => undefined)
send({ type: 'ready' })
