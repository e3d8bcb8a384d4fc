import { setTimeout as sleep } from 'node:timers/promises'
import type { Page } from 'playwright-core'
import { z } from 'zod'
import { AppError } from '../../core/errors.ts'
import { launchBrowser } from '../../test/helpers/browser.ts'
import { TestKaryon } from '../../test/helpers/karyon.ts'

/**
 * What a newcomer waits for: the second start, the first point and the first masks after the click on "Try it", and every
 * epoch's way to the screen. A real Karyon on a home of its own, a real Chromium.
 */
const RUNS_ENDED_WITHIN_MS = 15 * 60_000

/**
 * Runs in the page, so it is text: what is compiled here names its functions by a helper that a page does not have. The
 * first paint may show epochs that are long past; those do not count.
 */
const WATCH = `
  let last = 0
  setInterval(() => {
    const text = document.querySelector('[aria-valuetext^="epoch "]')?.getAttribute('aria-valuetext') ?? ''
    const epoch = Number(/^epoch (\\d+) of/.exec(text)?.[1] ?? 0)
    if (epoch > last && (last > 0 || epoch === 1)) window.epochShown(epoch, Date.now())
    last = Math.max(last, epoch)
  }, 10)
`

const boardSchema = z.object({ rows: z.array(z.object({ run: z.object({ run_id: z.string(), status: z.string() }) })) })
const seriesSchema = z.object({
  series: z.array(z.object({ key: z.string(), points: z.array(z.object({ step: z.number(), at: z.number() })) })),
})

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`
const say = (what: string, value: string): void => void process.stdout.write(`${what.padEnd(58)} ${value}\n`)

const karyon = await TestKaryon.create()
const first = await timed(() => karyon.launch())
say('first start on an empty home (dependencies installed)', seconds(first))
await karyon.interrupt()
say('processes left after Ctrl-C', String(karyon.processes().length))
say('second start', seconds(await timed(() => karyon.launch())))

const browser = await launchBrowser()
try {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } })
  await page.goto(karyon.url)
  const clicked = Date.now()
  await page.getByRole('button', { name: 'Try it' }).click()
  await page.waitForURL(/\/sweeps\/[0-9a-f]{32}$/)
  say('"Try it" to the sweep page', seconds(Date.now() - clicked))
  const sweepId = page.url().split('/').at(-1)!
  const seen = new Map<string, Map<number, number>>()
  const watchers: Page[] = []
  for (const { run_id: runId } of await runsOf(sweepId)) {
    const watcher = await browser.newPage({ viewport: { width: 1440, height: 900 } })
    watchers.push(watcher)
    seen.set(runId, await watchEpochs(watcher, `${karyon.url}/runs/${runId}`))
  }
  // The sweep's own curves: a drawn line is a point that was seen.
  await page.locator('path.recharts-curve').first().waitFor({ state: 'attached', timeout: RUNS_ENDED_WITHIN_MS })
  say('"Try it" to the first curve on the sweep page', seconds(Date.now() - clicked))
  await watchers[0]!.locator('canvas[aria-label*="Dice"]').first().waitFor({ timeout: RUNS_ENDED_WITHIN_MS })
  await watchers[0]!.locator('[data-ready=true] canvas[aria-label*="Dice"]').first().waitFor({ timeout: RUNS_ENDED_WITHIN_MS })
  say('"Try it" to the first predicted mask', seconds(Date.now() - clicked))
  await untilEnded(sweepId)
  say('"Try it" to the end of both runs', seconds(Date.now() - clicked))
  await sleep(1000)
  const delays: number[] = []
  for (const [runId, epochs] of seen) {
    for (const { step, at } of await pointsOf(runId)) {
      const shown = epochs.get(step)
      if (shown !== undefined) delays.push(shown - at)
    }
  }
  delays.sort((a, b) => a - b)
  const share = (part: number): string =>
    delays.length === 0 ? '-' : `${Math.round(delays[Math.min(delays.length - 1, Math.ceil(part * delays.length) - 1)]!)} ms`
  say(`an epoch's point to the screen, median of ${delays.length}`, share(0.5))
  say('  95th percentile', share(0.95))
  say('  longest', share(1))
} finally {
  await browser.close()
  await karyon.dispose()
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now()
  await work()
  return performance.now() - startedAt
}

/** When each epoch's number came on the screen, by the page's own clock, which is this machine's. */
async function watchEpochs(page: Page, url: string): Promise<Map<number, number>> {
  const epochs = new Map<number, number>()
  await page.exposeFunction('epochShown', (epoch: number, at: number) => void (epochs.has(epoch) || epochs.set(epoch, at)))
  await page.addInitScript({ content: WATCH })
  await page.goto(url)
  return epochs
}

async function get<T>(path: string, schema: z.ZodType<T>): Promise<T> {
  const response = await fetch(`${karyon.url}/api/v1/${path}`)
  if (!response.ok) throw new AppError('INTERNAL_ERROR', `${path} answered ${response.status}.`)
  return schema.parse(await response.json())
}

async function runsOf(sweepId: string): Promise<{ run_id: string; status: string }[]> {
  return (await get(`sweeps/${sweepId}/leaderboard`, boardSchema)).rows.map(({ run }) => run)
}

async function pointsOf(runId: string): Promise<{ step: number; at: number }[]> {
  const { series } = await get(`runs/${runId}/metrics?key=val/dice`, seriesSchema)
  return series.find(({ key }) => key === 'val/dice')?.points ?? []
}

async function untilEnded(sweepId: string): Promise<void> {
  const deadline = Date.now() + RUNS_ENDED_WITHIN_MS
  for (;;) {
    const runs = await runsOf(sweepId)
    if (runs.every(({ status }) => ['finished', 'failed', 'cancelled', 'pruned'].includes(status))) return
    if (Date.now() > deadline)
      throw new AppError('INTERNAL_ERROR', `The sweep did not end: ${runs.map(({ status }) => status).join(', ')}.`)
    await sleep(500)
  }
}
