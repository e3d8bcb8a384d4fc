import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { modelSpecSchema } from '../core/contracts/model-spec.ts'
import type { ModelSpec } from '../core/contracts/model-spec.ts'
import { ARCHITECTURES as KNOWN } from '../core/contracts/run-parameters.ts'
import { AppError, systemCode } from '../core/errors.ts'
import type { Raster } from '../core/segmentation/image.ts'
import type { ArchitectureName } from './architectures.ts'
import { Network } from './network.ts'
import { predictProbabilities } from './predict.ts'
import type { Probabilities } from './predict.ts'
import { decodeTensorFile, encodeTensorFile } from './tensor-file.ts'
import { sha256 } from './weights.ts'
import type { WeightSnapshot } from './weights.ts'

/** The two files that a model consists of. Together they say everything that predicting needs. */
export const MODEL_JSON = 'model.json'
export const WEIGHTS_BIN = 'weights.bin'
export type ModelFiles = Record<typeof MODEL_JSON | typeof WEIGHTS_BIN, Uint8Array>

export interface LoadedModel {
  spec: ModelSpec
  network: Network
  /** Probability maps at the image's own size, which is scaled by `scale` for the network. Blocks while it computes. */
  predict(raster: Raster, scale?: number): Probabilities
  dispose(): void
}

export function modelFiles(spec: ModelSpec, weights: WeightSnapshot): ModelFiles {
  const bin = encodeTensorFile({ metadata: { format: 'karyon-model', run_id: spec.run_id, epoch: spec.epoch }, tensors: weights })
  const json = Buffer.from(`${JSON.stringify({ ...spec, weights_sha256: sha256(bin) }, null, 2)}\n`)
  return { [MODEL_JSON]: json, [WEIGHTS_BIN]: bin }
}

/**
 * A model from its folder, or from its two files.
 * @throws AppError RESOURCE_DOES_NOT_EXIST without the files; BAD_REQUEST when one is damaged or of another Karyon
 */
export async function loadModel(source: string | ModelFiles): Promise<LoadedModel> {
  const files = typeof source === 'string' ? await readFolder(source) : source
  const where = typeof source === 'string' ? source : 'the model'
  const spec = parseSpec(files[MODEL_JSON], where)
  const bin = files[WEIGHTS_BIN]
  if (spec.weights_sha256 !== undefined && sha256(bin) !== spec.weights_sha256) {
    throw new AppError(
      'BAD_REQUEST',
      `${where}: ${WEIGHTS_BIN} has another checksum than ${MODEL_JSON} states; the model is damaged. Register it again from its run.`,
    )
  }
  const network = networkOf(spec)
  network.weights.load(decodeTensorFile(bin, `${where}/${WEIGHTS_BIN}`).tensors)
  network.build()
  network.weights.dropUnused()
  return {
    spec,
    network,
    predict: (raster, scale) => predictProbabilities(network, raster, spec, scale),
    dispose: () => network.dispose(),
  }
}

function networkOf(spec: ModelSpec): Network {
  const architecture = KNOWN.find((name) => name === spec.architecture)
  if (architecture === undefined) {
    throw new AppError(
      'BAD_REQUEST',
      `The model is of architecture ${spec.architecture}, which this Karyon does not know (${KNOWN.join(', ')}).`,
    )
  }
  return new Network({ ...spec, architecture: architecture satisfies ArchitectureName }, 0)
}

function parseSpec(bytes: Uint8Array, where: string): ModelSpec {
  try {
    return modelSpecSchema.parse(JSON.parse(Buffer.from(bytes).toString('utf8')))
  } catch (cause) {
    throw new AppError('BAD_REQUEST', `${where}: ${MODEL_JSON} cannot be read as a model of this Karyon.`, { cause })
  }
}

async function readFolder(folder: string): Promise<ModelFiles> {
  try {
    const [json, bin] = await Promise.all([readFile(join(folder, MODEL_JSON)), readFile(join(folder, WEIGHTS_BIN))])
    return { [MODEL_JSON]: json, [WEIGHTS_BIN]: bin }
  } catch (cause) {
    if (systemCode(cause) !== 'ENOENT') throw cause
    throw new AppError('RESOURCE_DOES_NOT_EXIST', `There is no model in ${folder}: it needs ${MODEL_JSON} and ${WEIGHTS_BIN}.`, { cause })
  }
}
