import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream, existsSync, statSync } from 'node:fs'
import { mkdir, rename } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { ReadableStream } from 'node:stream/web'
import { env } from '../../core/env.ts'
import { AppError } from '../../core/errors.ts'
import { bytes, duration, print } from '../output.ts'
import { Progress, timeLeft } from '../progress.ts'

const URL_OF_BOWL = 'https://data.broadinstitute.org/bbbc/BBBC038/stage1_train.zip'
/** A server that says nothing for so long will not. */
const PATIENCE_MS = 60_000

export interface DemoData {
  path: string
  /** Of the dataset. */
  name: string
}

/**
 * The images that the demo trains on: the person's own, or the nuclei of the 2018 Data Science Bowl.
 * @throws AppError RESOURCE_DOES_NOT_EXIST, TEMPORARILY_UNAVAILABLE when there is no network, with the way out
 */
export async function findData(given: string | undefined, name: string | undefined, signal: AbortSignal): Promise<DemoData> {
  if (given !== undefined) {
    const path = resolve(given)
    if (!existsSync(path)) throw new AppError('RESOURCE_DOES_NOT_EXIST', `There is nothing at ${path} (--data).`)
    return { path, name: name ?? nameOf(path) }
  }
  return { path: await download(signal), name: name ?? 'dsb2018' }
}

/** The Bowl's archives go by many names. */
function nameOf(path: string): string {
  const stem = basename(path).replace(/\.[A-Za-z0-9]+$/, '')
  if (/dsb2018|stage1_train|BBBC038/i.test(stem)) return 'dsb2018'
  return stem.replace(/[^A-Za-z0-9._-]+/g, '-').replace(/^[^A-Za-z0-9]+/, '') || 'my-images'
}

/** Into the cache; a download that broke off goes on where it was. */
async function download(signal: AbortSignal): Promise<string> {
  const folder = join(env().cache, 'datasets')
  const path = join(folder, 'BBBC038-stage1_train.zip')
  if (existsSync(path)) {
    print(`  Using ${path} from an earlier download.`)
    return path
  }
  await mkdir(folder, { recursive: true })
  const partial = `${path}.partial`
  const have = existsSync(partial) ? statSync(partial).size : 0
  const progress = new Progress()
  const response = await request(have, signal)
  const goesOn = response.status === 206
  const total = (goesOn ? have : 0) + Number(response.headers.get('content-length') ?? 0)
  let done = goesOn ? have : 0
  const counter = new Transform({
    transform(chunk: Buffer, _encoding, next) {
      done += chunk.byteLength
      const left = timeLeft(progress.milliseconds, total === 0 ? 0 : done / total)
      progress.show(
        'Downloading',
        total === 0 ? undefined : done / total,
        `${bytes(done)}${total === 0 ? '' : ` of ${bytes(total)}`}${left === undefined ? '' : `, ${duration(left)} left`}`,
      )
      next(null, chunk)
    },
  })
  try {
    if (response.body === null) throw new Error('no body')
    await pipeline(
      Readable.fromWeb(response.body as ReadableStream<Uint8Array>),
      counter,
      createWriteStream(partial, { flags: goesOn ? 'a' : 'w' }),
      { signal },
    )
  } catch (cause) {
    signal.throwIfAborted()
    throw unreachable(cause, `It broke off after ${bytes(done)}; run the same command again to go on.`)
  } finally {
    progress.clear()
  }
  if (total !== 0 && done !== total)
    throw unreachable(undefined, `It broke off after ${bytes(done)} of ${bytes(total)}; run the same command again to go on.`)
  await rename(partial, path)
  print(
    `  SHA-256 ${await sha256(path)} (the Broad Institute publishes none to compare with; the import checks every file of the archive).`,
  )
  return path
}

async function request(have: number, signal: AbortSignal): Promise<Response> {
  let response: Response
  try {
    response = await fetch(URL_OF_BOWL, {
      headers: have > 0 ? { range: `bytes=${have}-` } : {},
      signal: AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)]),
    })
  } catch (cause) {
    signal.throwIfAborted()
    throw unreachable(cause)
  }
  if (response.status === 416) return request(0, signal)
  if (!response.ok) throw unreachable(undefined, `It answered ${response.status}.`)
  return response
}

function unreachable(cause: unknown, more = ''): AppError {
  const message = [
    `The nuclei could not be downloaded from ${URL_OF_BOWL}.`,
    more,
    'Without network, bring stage1_train.zip (or a folder of your own images with masks) and pass it: npm run demo -- --data PATH',
  ]
  return new AppError('TEMPORARILY_UNAVAILABLE', message.filter(Boolean).join(' '), { cause })
}

async function sha256(path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer)
  return hash.digest('hex')
}
