import { createHash, randomBytes } from 'node:crypto'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { env } from '../core/env.ts'
import { AppError, systemCode } from '../core/errors.ts'
import { readH5Weights } from './pretrained-h5.ts'
import type { WeightSnapshot } from './weights.ts'

/** Where a width's ImageNet weights are published: a tfjs model.json with its shards beside it, or Keras's own .h5. */
export interface PretrainedSource {
  url: string
  format: 'manifest' | 'h5'
}

export const PRETRAINED_SOURCES: Readonly<Record<string, PretrainedSource>> = {
  '1.0': {
    url: 'https://storage.googleapis.com/tensorflow/keras-applications/mobilenet_v2/mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_224_no_top.h5',
    format: 'h5',
  },
  '0.35': {
    url: 'https://storage.googleapis.com/teachable-machine-models/mobilenet_v2_weights_tf_dim_ordering_tf_kernels_0.35_224_no_top/model.json',
    format: 'manifest',
  },
}

export interface PretrainedPlaces {
  /** KARYON_PRETRAINED_DIR: holds mobilenet_v2_1.0_no_top/weights_manifest.json and its shards. */
  directory: string | undefined
  cache: string
  sources: Readonly<Record<string, PretrainedSource>>
}

/**
 * ImageNet weights of MobileNetV2 without its top: from KARYON_PRETRAINED_DIR, else from the cache, else downloaded into
 * the cache. What was downloaded is checked against the checksum that the server states, and at every later read against
 * the one that was kept, so half a file never becomes a model.
 * @param alpha 1 or 0.35
 * @throws AppError that names the three ways out; a random start is never taken silently.
 */
export async function pretrainedEncoder(alpha: number, places: PretrainedPlaces = defaultPlaces()): Promise<WeightSnapshot> {
  const width = alpha === 1 ? '1.0' : String(alpha)
  const name = `mobilenet_v2_${width}_no_top`
  if (places.directory !== undefined) {
    const folder = join(places.directory, name)
    try {
      return await readManifestFolder(folder, 'weights_manifest.json')
    } catch (cause) {
      throw new AppError(
        'INVALID_PARAMETER_VALUE',
        `KARYON_PRETRAINED_DIR holds no usable encoder weights: ${folder} (${reasonOf(cause)}). ${waysOut(width, places)}`,
        { cause },
      )
    }
  }
  const source = places.sources[width]
  if (source === undefined)
    throw new AppError(
      'INVALID_PARAMETER_VALUE',
      `There are no ImageNet weights of width ${width}; there are of ${Object.keys(places.sources).join(' and ')}.`,
    )
  const folder = join(places.cache, 'weights', name)
  try {
    if (!(await isComplete(folder))) await download(source, folder)
    await verify(folder)
    const main = fileName(source.url)
    return source.format === 'h5' ? await readH5Weights(join(folder, main)) : await readManifestFolder(folder, main)
  } catch (cause) {
    throw new AppError(
      'RESOURCE_DOES_NOT_EXIST',
      `The ImageNet weights of MobileNetV2 (width ${width}) could not be had: ${reasonOf(cause)}. ${waysOut(width, places)}`,
      { cause },
    )
  }
}

function defaultPlaces(): PretrainedPlaces {
  return { directory: env().pretrainedDir, cache: env().cache, sources: PRETRAINED_SOURCES }
}

function waysOut(width: string, places: PretrainedPlaces): string {
  const host = new URL(places.sources[width]?.url ?? 'https://storage.googleapis.com').host
  return (
    `Three ways out: (1) set KARYON_PRETRAINED_DIR to a folder that holds mobilenet_v2_${width}_no_top/ with weights_manifest.json and its shards; ` +
    `(2) let this machine reach ${host} once, and start the run again; (3) set the run's parameter pretrained to none, for a random start that needs far more images and time.`
  )
}

function reasonOf(thrown: unknown): string {
  const code = systemCode(thrown)
  if (code === 'ENOENT') return 'a file is missing'
  if (
    code !== undefined &&
    /^(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|UND_ERR_.*|CERT_.*|SELF_SIGNED.*)$/.test(code)
  )
    return `the server cannot be reached, ${code}`
  return thrown instanceof Error ? thrown.message : String(thrown)
}

interface ManifestGroup {
  paths: string[]
  weights: { name: string; shape: number[]; dtype: string }[]
}

/** A tfjs weight manifest: `weights_manifest.json`, or the model.json that contains one, and its shards. */
async function readManifestFolder(folder: string, main: string): Promise<WeightSnapshot> {
  const groups = manifestOf(JSON.parse(await readFile(join(folder, main), 'utf8')))
  const index: WeightSnapshot['index'] = []
  const parts: Float32Array[] = []
  for (const group of groups) {
    const bytes = Buffer.concat(await Promise.all(group.paths.map((path) => readFile(join(folder, fileName(path))))))
    let at = 0
    for (const { name, shape, dtype } of group.weights) {
      const size = shape.reduce((a, b) => a * b, 1)
      if (dtype !== 'float32') throw new Error(`${name} is ${dtype}, not float32`)
      if (at + size * 4 > bytes.length) throw new Error(`the shards end before ${name}`)
      parts.push(new Float32Array(new Uint8Array(bytes.subarray(at, at + size * 4)).buffer))
      index.push({ name, shape })
      at += size * 4
    }
    if (at !== bytes.length) throw new Error(`the shards hold ${bytes.length} bytes, the manifest ${at}`)
  }
  return { index, data: concatenate(parts) }
}

function manifestOf(json: unknown): ManifestGroup[] {
  const groups = typeof json === 'object' && json !== null && 'weightsManifest' in json ? json.weightsManifest : json
  if (!Array.isArray(groups)) throw new Error('the manifest is no list of weight groups')
  return groups as ManifestGroup[]
}

function concatenate(parts: Float32Array[]): Float32Array {
  const data = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    data.set(part, at)
    at += part.length
  }
  return data
}

const CHECKSUMS = 'checksums.json'

async function isComplete(folder: string): Promise<boolean> {
  return readFile(join(folder, CHECKSUMS)).then(
    () => true,
    () => false,
  )
}

/** All files into a folder of their own, which is then renamed: the cache is shared by clones, and any of them may be killed. */
async function download(source: PretrainedSource, folder: string): Promise<void> {
  const temporary = `${folder}.${randomBytes(6).toString('hex')}.partial`
  await mkdir(temporary, { recursive: true })
  try {
    const main = fileName(source.url)
    const checksums: Record<string, string> = {}
    const fetchInto = async (url: string): Promise<Uint8Array> => {
      const bytes = await fetchChecked(url)
      checksums[fileName(url)] = createHash('sha256').update(bytes).digest('hex')
      await writeFile(join(temporary, fileName(url)), bytes)
      return bytes
    }
    const first = await fetchInto(source.url)
    if (source.format === 'manifest') {
      const paths = manifestOf(JSON.parse(Buffer.from(first).toString('utf8'))).flatMap((group) => group.paths)
      for (const path of paths) await fetchInto(new URL(path, source.url).href)
      await readManifestFolder(temporary, main)
    } else await readH5Weights(join(temporary, main))
    await writeFile(join(temporary, CHECKSUMS), JSON.stringify(checksums))
    await rm(folder, { recursive: true, force: true })
    await rename(temporary, folder).catch(async (cause: unknown) => {
      // another clone was faster: its files are as good
      if (!(await isComplete(folder))) throw cause
    })
  } finally {
    await rm(temporary, { recursive: true, force: true })
  }
}

/** One file; its MD5 is compared with the one that the storage service states, where it states one. */
async function fetchChecked(url: string): Promise<Uint8Array> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(120_000) })
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}`)
  const bytes = new Uint8Array(await answer.arrayBuffer())
  const length = Number(answer.headers.get('content-length') ?? bytes.length)
  if (answer.headers.get('content-encoding') === null && bytes.length !== length)
    throw new Error(`${url} ended after ${bytes.length} of ${length} bytes`)
  const stated = /md5=([A-Za-z0-9+/=]+)/.exec(answer.headers.get('x-goog-hash') ?? '')?.[1]
  const md5 = createHash('md5').update(bytes).digest('base64')
  if (stated !== undefined && stated !== md5)
    throw new Error(`${fileName(url)} has a wrong checksum (MD5 ${md5}, the server states ${stated})`)
  return bytes
}

async function verify(folder: string): Promise<void> {
  const checksums = JSON.parse(await readFile(join(folder, CHECKSUMS), 'utf8')) as Record<string, string>
  for (const [name, expected] of Object.entries(checksums)) {
    const actual = createHash('sha256')
      .update(await readFile(join(folder, name)))
      .digest('hex')
    if (actual !== expected) throw new Error(`${join(folder, name)} has a wrong checksum; delete the folder to download it again`)
  }
}

function fileName(path: string): string {
  return path.split('/').at(-1) ?? path
}
