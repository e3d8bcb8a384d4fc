import { parseArgs } from 'node:util'
import { env } from '../core/env.ts'
import { AppError, toAppError } from '../core/errors.ts'
import { Api } from './demo/api.ts'
import { findData } from './demo/data.ts'
import {
  awaitTestScores,
  beginSweep,
  describeDataset,
  importImages,
  MODEL,
  predictTestImage,
  printLeaderboard,
  promoteBest,
} from './demo/path.ts'
import { fullSweep, quickSweep } from './demo/sweeps.ts'
import { watchSweep } from './demo/watch-sweep.ts'
import { duration, print } from './output.ts'

/**
 * `npm run demo`: the whole path on real images, through the HTTP API that the dashboard uses. Begun again after an
 * interruption it goes on: the same images are the same dataset version, the same sweep is found, a run is registered
 * once.
 */
const USAGE = `Usage: npm run demo [-- --data PATH] [--quick] [--exit]

  --data PATH   a zip or folder of images with masks; without: the nuclei of the 2018 Data Science Bowl, downloaded (82 MB)
  --name NAME   name of the dataset (else by the file's name)
  --quick       two short runs on a part of the images
  --exit        end when done, instead of leaving the dashboard running
  --port, --home, --host as for npm start
`

interface Options {
  data: string | undefined
  name: string | undefined
  quick: boolean
}

function readOptions(argv: readonly string[]): Options | 'help' {
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: {
        data: { type: 'string' },
        name: { type: 'string' },
        quick: { type: 'boolean' },
        exit: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    })
    return values.help === true ? 'help' : { data: values.data, name: values.name, quick: values.quick === true }
  } catch (cause) {
    throw new AppError('BAD_REQUEST', `${cause instanceof Error ? cause.message : String(cause)}\n${USAGE}`, { cause })
  }
}

async function step<T>(title: string, work: () => Promise<T> | T): Promise<T> {
  const startedAt = Date.now()
  print(`\n${title}`)
  const result = await work()
  print(`  ${duration(Date.now() - startedAt)}`)
  return result
}

async function demo(options: Options, signal: AbortSignal): Promise<void> {
  const startedAt = Date.now()
  const { host, port } = env()
  const name = host === 'localhost' || host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host
  const api = new Api(`http://${name.includes(':') ? `[${name}]` : name}:${port}`, signal)

  const data = await step('1. Images', () => findData(options.data, options.name, signal))
  const ref = await step(`2. Import ${data.path}`, () => importImages(api, data))
  const dataset = await describeDataset(api, ref)
  const sweep = await step('3. Sweep', async () => {
    const begun = await beginSweep(api, options.quick ? quickSweep(ref) : fullSweep(ref))
    print(
      `  ${begun.run_cap} runs on ${begun.dataset}${begun.spec.limit_images === undefined ? '' : `, limited to ${begun.spec.limit_images} images`}: ${api.page(`/sweeps/${begun.sweep_id}`)}`,
    )
    return begun
  })
  const board = await step('4. Training', () => watchSweep(api, sweep.sweep_id, signal))
  const best = await step('5. Leaderboard, beside Otsu + watershed on the same images', () => printLeaderboard(board))
  const version = await step('6. Promote the best by validation', () => promoteBest(api, board, best))
  await step('7. Segment one test image with the served champion', () => predictTestImage(api, dataset, version))
  await step('8. The sealed test side', () => awaitTestScores(api, version))

  print(`\nDone in ${duration(Date.now() - startedAt)}. Where to look:`)
  const run = best.run.run_id
  for (const [what, path] of [
    ['the sweep', `/sweeps/${sweep.sweep_id}`],
    ['the best run, with its masks', `/runs/${run}`],
    ['the images, their fields and sides', `/datasets/${encodeURIComponent(dataset.name)}`],
    ['the model and its history', `/models/${MODEL}`],
    ['try it with an image of your own', '/predict'],
  ] as const) {
    print(`  ${api.page(path)}  ${what}`)
  }
}

const interrupted = new AbortController()
for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => interrupted.abort())

try {
  const options = readOptions(process.argv.slice(2))
  if (options === 'help') process.stdout.write(USAGE)
  else await demo(options, interrupted.signal)
} catch (thrown) {
  if (interrupted.signal.aborted) {
    print('\nInterrupted. The same command goes on where it was.')
    process.exitCode = 130
  } else {
    const error = toAppError(thrown)
    process.stderr.write(`\nError: ${error.message}\n`)
    const problems = error.details?.['problems']
    if (Array.isArray(problems))
      for (const { file, reason } of (problems as { file: string; reason: string }[]).slice(0, 20))
        process.stderr.write(`  ${file}: ${reason}\n`)
    if (error.code === 'INTERNAL_ERROR' && !(thrown instanceof AppError)) console.error(thrown)
    process.exitCode = error.exitStatus
  }
}
