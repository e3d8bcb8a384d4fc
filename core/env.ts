import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { AppError } from './errors.ts'

const port = z.coerce.number().int().min(1).max(65535)

/** A variable that is set but empty means the same as unset: `KARYON_TOKEN= npm start` is not a token. */
const optionalText = z.string().trim().min(1).optional()

const schema = z.object({
  KARYON_HOME: optionalText,
  KARYON_CACHE: optionalText,
  DATABASE_URL: optionalText.refine((url) => url === undefined || /^postgres(ql)?:\/\//.test(url), 'must begin with postgresql://'),
  HOST: z.string().default('127.0.0.1'),
  PORT: port.default(3000),
  SERVE_PORT: port.default(3001),
  KARYON_SERVE_URL: optionalText.refine((url) => url === undefined || URL.canParse(url), 'must be a URL'),
  KARYON_TOKEN: optionalText,
  KARYON_DEVICE: z.enum(['auto', 'cpu', 'gpu']).default('auto'),
  KARYON_TRAINER_SLOTS: z.coerce.number().int().min(1).max(64).optional(),
  KARYON_PRETRAINED_DIR: optionalText,
  KARYON_TENSORFLOW_DIR: optionalText,
  KARYON_ARTIFACTS: optionalText.refine(
    (place) => place === undefined || !/^[a-z][a-z0-9+.-]*:\/\//i.test(place),
    'this version stores artifacts in a folder only; name one, e.g. on a file system that all machines mount',
  ),
  /** Folders (colon-separated) from which a caller that is not on this machine may import by path. */
  KARYON_IMPORT_ROOTS: optionalText,
  /** More host names (comma-separated) under which the dashboard may be reached, e.g. behind a proxy. */
  KARYON_ALLOWED_HOSTS: optionalText,
})

export interface Env {
  home: string
  cache: string
  databaseUrl: string
  host: string
  port: number
  servePort: number
  serveUrl: string
  token: string | undefined
  device: 'auto' | 'cpu' | 'gpu'
  trainerSlots: number | undefined
  pretrainedDir: string | undefined
  tensorflowDir: string | undefined
  /** A folder. */
  artifacts: string
  importRoots: string[]
  allowedHosts: string[]
  isLoopback: boolean
}

// Not `new URL('..', import.meta.url)`: the dashboard's bundler takes that for a file to bring along.
const checkout = dirname(dirname(fileURLToPath(import.meta.url)))
let parsed: Env | undefined

/**
 * The environment, parsed once. `databaseUrl` falls back to what the embedded PostgreSQL's launcher wrote in
 * `<home>/postgres/url`, so that `npx karyon` in another terminal finds the running database.
 * @throws AppError INVALID_PARAMETER_VALUE with the name of the bad variable.
 */
export function env(): Env {
  return (parsed ??= parseEnv(process.env))
}

export function parseEnv(source: Record<string, string | undefined>): Env {
  const known = Object.fromEntries(Object.keys(schema.shape).map((name) => [name, source[name] === '' ? undefined : source[name]]))
  const result = schema.safeParse(known)
  if (!result.success) {
    const issue = result.error.issues[0]
    throw new AppError(
      'INVALID_PARAMETER_VALUE',
      `The environment variable ${String(issue?.path[0])} is not usable: ${issue?.message}. Correct or unset it.`,
    )
  }
  const v = result.data
  const home = resolve(/* turbopackIgnore: true */ v.KARYON_HOME ?? join(checkout, '.karyon'))
  const isLoopback = ['127.0.0.1', 'localhost', '::1'].includes(v.HOST)
  if (!isLoopback && v.KARYON_TOKEN === undefined) {
    throw new AppError(
      'INVALID_PARAMETER_VALUE',
      `HOST is ${v.HOST}, which others can reach: set KARYON_TOKEN to a secret of your choice, or HOST=127.0.0.1.`,
    )
  }
  return {
    home,
    cache: resolve(/* turbopackIgnore: true */ v.KARYON_CACHE ?? join(source.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'karyon')),
    get databaseUrl() {
      return v.DATABASE_URL ?? readEmbeddedUrl(home)
    },
    host: v.HOST,
    port: v.PORT,
    servePort: v.SERVE_PORT,
    serveUrl: v.KARYON_SERVE_URL ?? `http://127.0.0.1:${v.SERVE_PORT}`,
    token: v.KARYON_TOKEN,
    device: v.KARYON_DEVICE,
    trainerSlots: v.KARYON_TRAINER_SLOTS,
    pretrainedDir: v.KARYON_PRETRAINED_DIR === undefined ? undefined : resolve(v.KARYON_PRETRAINED_DIR),
    tensorflowDir: v.KARYON_TENSORFLOW_DIR === undefined ? undefined : resolve(v.KARYON_TENSORFLOW_DIR),
    artifacts: resolve(/* turbopackIgnore: true */ v.KARYON_ARTIFACTS ?? join(home, 'artifacts')),
    importRoots: (v.KARYON_IMPORT_ROOTS ?? '')
      .split(':')
      .filter(Boolean)
      .map((root) => resolve(root)),
    allowedHosts: (v.KARYON_ALLOWED_HOSTS ?? '')
      .split(',')
      .map((host) => host.trim().toLowerCase())
      .filter(Boolean),
    isLoopback,
  }
}

function readEmbeddedUrl(home: string): string {
  try {
    return readFileSync(join(home, 'postgres', 'url'), 'utf8').trim()
  } catch (cause) {
    throw new AppError(
      'TEMPORARILY_UNAVAILABLE',
      `No database: DATABASE_URL is not set and no Karyon has been started on ${home}. Run \`npm start\`, or set DATABASE_URL or KARYON_HOME.`,
      { cause },
    )
  }
}

/** A copy of the environment for a child process, with some variables set (or, by undefined, taken away). */
export function childEnvironment(changes: Record<string, string | undefined>): NodeJS.ProcessEnv {
  return { ...process.env, ...changes }
}

const ALLOCATOR = {
  MALLOC_MMAP_THRESHOLD_: String(2 ** 32),
  MALLOC_TRIM_THRESHOLD_: String(2 ** 34),
  GLIBC_TUNABLES: 'glibc.malloc.hugetlb=1',
}

/**
 * Variables with which glibc keeps what a process frees, in huge pages. By itself it gives maps of megabytes back to the
 * system and takes them anew, 4 kB at a time, in every training step: a twentieth to a tenth of its time. For processes
 * that end when their work does. What the user has set stands; other C libraries do not look.
 */
export function keepingAllocator(): Record<string, string> {
  return Object.fromEntries(Object.entries(ALLOCATOR).filter(([name]) => process.env[name] === undefined))
}

/** Which GPUs a native library of this process may use, as CUDA is told: indices or UUIDs; undefined where all. */
export function visibleGpus(): string[] | undefined {
  return process.env.CUDA_VISIBLE_DEVICES?.split(',')
    .map((gpu) => gpu.trim())
    .filter((gpu) => gpu !== '' && gpu !== '-1')
}

/**
 * Variables that a native library reads by itself, set before it is loaded. What the user has set stands.
 * @returns the values that hold now
 */
export function setNativeEnvironment(values: Record<string, string>): Record<string, string> {
  for (const [name, value] of Object.entries(values)) process.env[name] ??= value
  return Object.fromEntries(Object.keys(values).map((name) => [name, process.env[name] ?? '']))
}
