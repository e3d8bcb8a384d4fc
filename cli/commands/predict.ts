import { readdir, readFile, rename, stat, writeFile } from 'node:fs/promises'
import { basename, extname, join } from 'node:path'
import { predictionViewSchema } from '../../core/contracts/views.ts'
import { AppError, type ErrorCode, toAppError } from '../../core/errors.ts'
import { defineCommand } from '../command.ts'
import { makeFolder } from '../make-folder.ts'
import { note, print, printJson } from '../output.ts'
import { withModelServer } from '../with-model-server.ts'

const FILES: Record<string, string> = {
  labels: '_labels.png',
  mask: '_mask.png',
  geojson: '.geojson',
  csv: '.csv',
  json: '.json',
  overlay: '_overlay.png',
}

interface Done {
  image: string
  count: number
  median_diameter: number | null
  version: string
  warnings: string[]
  files: string[]
}

export const predict = defineCommand({
  name: 'predict',
  summary: 'Segment images with a model: labels, measurements, outlines',
  usage: 'MODEL IMAGE..',
  least: 2,
  most: Infinity,
  options: {
    out: { type: 'string', short: 'o', value: 'DIR', help: 'where the results go (required)' },
    format: {
      type: 'string',
      short: 'f',
      value: 'LIST',
      help: `any of ${Object.keys(FILES).join(', ')}, comma-separated (default labels,csv)`,
    },
    alias: { type: 'string', value: 'ALIAS', help: 'another alias than champion' },
    version: { type: 'string', value: 'N', help: 'a version by number' },
    threshold: { type: 'string', value: 'P', help: 'foreground from this probability on (else as tuned)' },
    'min-area': { type: 'string', value: 'PIXELS', help: 'drop smaller objects (else as tuned)' },
    'seed-distance': { type: 'string', value: 'PIXELS', help: 'least distance between two nuclei (else as tuned)' },
    diameter: {
      type: 'string',
      value: 'PIXELS',
      help: 'of a typical nucleus in the images: they are scaled to what the model was trained on',
    },
    channel: { type: 'string', value: 'N', help: 'which channel of images of many, from 0' },
  },
  printsData: true,
  details:
    'An IMAGE may be a folder: every PNG, TIFF and JPEG in it. Uses the model server, or starts one for as long as it takes. An image that fails is named; the others are done, and the exit status is 2.',
  example: 'karyon predict nuclei field1.tif field2.tif -o results --format labels,geojson,overlay',
  async run({ options, positionals: [model = '', ...images], json }) {
    const { out } = options
    if (out === undefined) throw new AppError('BAD_REQUEST', 'Say where the results go: -o DIR.')
    const formats = parseFormats(options.format ?? 'labels,csv')
    const paths = await expand(images)
    const query = new URLSearchParams({ model })
    for (const [name, value] of Object.entries({
      alias: options.alias,
      version: options.version,
      threshold: options.threshold,
      channel: options.channel,
      diameter: options.diameter,
      min_area: options['min-area'],
      seed_distance: options['seed-distance'],
    })) {
      if (value !== undefined) query.set(name, value)
    }
    await makeFolder(out)
    return withModelServer(async (url) => {
      const results: (Done | { image: string; error_code: ErrorCode; message: string })[] = []
      for (const path of paths) {
        try {
          const done = await predictOne({ url, query, path, out, formats })
          results.push(done)
          if (!json) print(`${path}: ${done.count} nuclei, ${done.files.join(', ')}`)
          for (const warning of done.warnings) note(`  ${warning}`)
        } catch (thrown) {
          const error = toAppError(thrown)
          // What is wrong with the model or the server is wrong for every image.
          if (
            paths.length === 1 ||
            !['INVALID_DATASET', 'PAYLOAD_TOO_LARGE', 'RESOURCE_DOES_NOT_EXIST'].includes(error.code) ||
            isAboutModel(error)
          )
            throw error
          results.push({ image: path, error_code: error.code, message: error.message })
          note(`${path}: ${error.message}`)
        }
      }
      if (json) printJson({ results })
      const failed = results.filter((result) => 'error_code' in result).length
      if (failed > 0) note(`${failed} of ${results.length} images failed.`)
      return failed > 0 ? 2 : 0
    })
  },
})

interface One {
  url: string
  query: URLSearchParams
  path: string
  out: string
  formats: readonly string[]
}

async function predictOne({ url, query, path, out, formats }: One): Promise<Done> {
  const image = await readFile(path).catch((cause: unknown) => {
    throw new AppError('RESOURCE_DOES_NOT_EXIST', `${path} cannot be read.`, { cause, details: { file: path } })
  })
  const stem = join(out, basename(path, extname(path)))
  const ask = async (format: string): Promise<Buffer> => {
    const asked = new URLSearchParams(query)
    asked.set('format', format)
    asked.set('name', basename(path))
    const response = await fetch(`${url}/predict?${asked}`, { method: 'POST', body: new Uint8Array(image) }).catch((cause: unknown) => {
      throw new AppError('TEMPORARILY_UNAVAILABLE', `The model server at ${url} does not answer.`, { cause })
    })
    const body = Buffer.from(await response.arrayBuffer())
    if (response.ok) return body
    const { error_code, message } = JSON.parse(body.toString('utf8')) as { error_code: ErrorCode; message: string }
    throw new AppError(error_code, message, { details: { model: error_code === 'RESOURCE_DOES_NOT_EXIST' } })
  }
  const json = await ask('json')
  const view = predictionViewSchema.parse(JSON.parse(json.toString('utf8')))
  const files: string[] = []
  for (const format of formats) {
    const file = `${stem}${FILES[format] ?? ''}`
    await writeWhole(
      file,
      format === 'json' ? json : format === 'overlay' ? await overlay(image, await ask('labels'), path) : await ask(format),
    )
    files.push(file)
  }
  return { image: path, count: view.count, median_diameter: view.median_diameter, version: view.version, warnings: view.warnings, files }
}

async function overlay(image: Uint8Array, labels: Uint8Array, name: string): Promise<Buffer> {
  const { drawOverlay } = await import('../overlay.ts')
  return drawOverlay(image, labels, name)
}

/** A result is there whole or not at all, also when the disk is full. */
async function writeWhole(path: string, content: Uint8Array): Promise<void> {
  await writeFile(`${path}.partial`, content)
  await rename(`${path}.partial`, path)
}

const isAboutModel = (error: AppError): boolean => error.details?.['model'] === true

function parseFormats(list: string): string[] {
  const formats = list
    .split(',')
    .map((format) => format.trim())
    .filter(Boolean)
  const unknown = formats.find((format) => !Object.hasOwn(FILES, format))
  if (unknown !== undefined || formats.length === 0)
    throw new AppError('BAD_REQUEST', `There is no format "${unknown ?? list}": choose among ${Object.keys(FILES).join(', ')}.`)
  return [...new Set(formats)]
}

async function expand(given: readonly string[]): Promise<string[]> {
  const paths: string[] = []
  for (const path of given) {
    const found = await stat(path).catch(() => undefined)
    if (found?.isDirectory() === true) {
      const names = (await readdir(path)).filter((name) => /\.(png|tiff?|jpe?g)$/i.test(name)).sort()
      if (names.length === 0) throw new AppError('RESOURCE_DOES_NOT_EXIST', `The folder ${path} has no PNG, TIFF or JPEG image.`)
      paths.push(...names.map((name) => join(path, name)))
    } else paths.push(path)
  }
  const stems = new Map<string, string>()
  for (const path of paths) {
    const stem = basename(path, extname(path))
    const other = stems.get(stem)
    if (other !== undefined)
      throw new AppError('BAD_REQUEST', `${other} and ${path} would write to the same files: predict them into different folders.`)
    stems.set(stem, path)
  }
  return paths
}
