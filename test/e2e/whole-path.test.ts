import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import AxeBuilder from 'axe-core'
import { type Browser, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launchBrowser } from '../helpers/browser.ts'
import { TestKaryon } from '../helpers/karyon.ts'
import { syntheticZip } from '../helpers/synthetic-zip.ts'

let karyon: TestKaryon
let browser: Browser
let page: Page
let files: Awaited<ReturnType<typeof syntheticZip>>
const folder = mkdtempSync(join(tmpdir(), 'karyon-whole-path-'))
const complaints: string[] = []

beforeAll(async () => {
  files = await syntheticZip(folder, 48)
  karyon = await TestKaryon.start()
  browser = await launchBrowser()
  page = await browser.newPage({ viewport: { width: 1440, height: 900 }, locale: 'en-US' })
  page.setDefaultTimeout(60_000)
  page.on('pageerror', (error) => complaints.push(error.message))
})
afterAll(async () => {
  await browser.close()
  await karyon.dispose()
  rmSync(folder, { recursive: true, force: true })
})

/** axe on the page as it stands, filled with what this test made. */
async function violations(): Promise<string[]> {
  await page.evaluate(AxeBuilder.source)
  return page.evaluate(async () => {
    const { axe } = window as unknown as { axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> } }
    const { violations } = await axe.run()
    return violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html ?? ''}`)
  })
}

let sweepUrl = ''

// In order: what one step leaves, the next one needs, as for a person.
describe('the whole path in a browser', () => {
  it('imports a zip of one’s own images', async () => {
    await page.goto(karyon.url)
    await page.getByRole('link', { name: 'Import my images' }).click()
    await page.locator('input[type=file]').first().setInputFiles(files.zip)
    await expect.poll(() => page.getByLabel('Name', { exact: true }).inputValue()).toBe('cells')
    await page.getByRole('button', { name: 'Import', exact: true }).click()
    await page.getByRole('link', { name: 'Open dataset' }).click({ timeout: 240_000 })
    await page.getByText('Leak check: no field on two sides').first().waitFor()
    expect(new URL(page.url()).pathname).toBe('/datasets/cells')
    expect(await violations()).toEqual([])
  })

  it('refuses an impossible value beside its field, and starts a sweep of two learning rates', async () => {
    await page.goto(`${karyon.url}/sweeps/new?dataset=cells`)
    await page.getByRole('button', { name: /^Quick look/ }).click()
    const epochs = page.getByRole('textbox', { name: 'Epochs', exact: true })
    await epochs.fill('0')
    await page.getByRole('button', { name: 'Start sweep' }).click()
    await page
      .locator('[data-parameter=epochs]')
      .getByText(/0 is not possible|at least|greater|1/)
      .last()
      .waitFor()
    await epochs.fill('3')
    const row = page.locator('[data-parameter=image_size]')
    await row.getByRole('textbox').fill('64')
    // The other tab says the same.
    await page.getByRole('tab', { name: 'YAML' }).click()
    await expect.poll(() => page.getByLabel('Sweep file (YAML)').inputValue()).toMatch(/image_size:[\s\S]*64/)
    await page.getByRole('tab', { name: 'Form' }).click()
    expect(await violations()).toEqual([])
    await page.getByRole('button', { name: 'Start sweep' }).click()
    await page.waitForURL(/\/sweeps\/[0-9a-f]{32}$/)
    sweepUrl = page.url()
  })

  it('shows the curves and masks of a run grow without a reload', async () => {
    const table = page.getByRole('region', { name: 'Leaderboard' })
    await table.getByText('Otsu + watershed').waitFor()
    await table.getByRole('link').first().click()
    await page.waitForURL(/\/runs\/[0-9a-f]{32}/)
    await page.evaluate(() => Object.assign(window, { notReloaded: true }))
    await page.getByText('3 / 3').first().waitFor({ timeout: 300_000 })
    await page
      .locator('[data-testid=run-status], [data-status]')
      .first()
      .waitFor({ timeout: 5000 })
      .catch(() => undefined)
    await page.getByRole('img', { name: /Dice/ }).first().waitFor()
    expect(await page.evaluate(() => 'notReloaded' in window)).toBe(true)
    expect(await violations()).toEqual([])
  })

  it('ranks both runs when the sweep has ended', async () => {
    await page.goto(sweepUrl)
    const table = page.getByRole('region', { name: 'Leaderboard' })
    await expect.poll(() => table.getByText('Finished', { exact: false }).count(), { timeout: 300_000 }).toBe(2)
    await page.waitForTimeout(500)
    expect(await violations()).toEqual([])
    await table.getByRole('checkbox', { name: 'Select all runs' }).click()
    await page.getByRole('link', { name: 'Compare 2' }).click()
    await page.waitForURL(/\/compare\?/)
  })

  it('compares their masks with one slider, by the keyboard', async () => {
    const captions = page.getByTestId('mask-caption')
    await expect.poll(() => captions.first().textContent(), { timeout: 60_000 }).toMatch(/Dice 0\.\d+, \d+ of \d+ found/)
    const slider = page.getByRole('slider', { name: 'Epoch' })
    await slider.focus()
    await page.keyboard.press('Home')
    await expect.poll(() => slider.getAttribute('aria-valuetext')).toBe('epoch 1 of 3')
    await expect.poll(() => captions.first().textContent()).toContain('epoch 1')
    await page.keyboard.press('ArrowRight')
    await expect.poll(() => slider.getAttribute('aria-valuetext')).toBe('epoch 2 of 3')
    // The tile's text alternative is its caption.
    const tile = page.getByRole('img', { name: /epoch 2: Dice/ }).first()
    await tile.waitFor()
    expect(await violations()).toEqual([])
  })

  it('promotes the better run with a reason', async () => {
    await page.goto(sweepUrl)
    await page
      .getByRole('link', { name: /^Promote / })
      .first()
      .click()
    await page.waitForURL(/\/promote\?run=/)
    await page.getByRole('button', { name: 'Make champion' }).click()
    // Nothing happens without a reason.
    await page.getByText('Say why: it is kept in the history for good.').waitFor()
    const name = page.getByLabel('Name of the new model')
    await name.fill('cells')
    await page.getByLabel('Reason').fill('Best validation Dice of the first sweep')
    await page.getByRole('button', { name: 'Make champion' }).click()
    await page.waitForURL(/\/models\/cells/)
    await page.getByText('Best validation Dice of the first sweep').waitFor()
    expect(await violations()).toEqual([])
  })

  it('segments a new image with the promoted model', async () => {
    await page.goto(`${karyon.url}/predict?model=cells`)
    await page.locator('input[type=file]').first().setInputFiles(files.newImage)
    const result = page.getByTestId('prediction')
    await expect.poll(() => result.getAttribute('data-state'), { timeout: 60_000 }).toBe('done')
    // The same image by the API that scripts use: outlines that a person can check against the truth.
    const { readFile } = await import('node:fs/promises')
    const response = await fetch(`${karyon.url}/api/v1/models/cells/predict?format=json`, {
      method: 'POST',
      body: await readFile(files.newImage),
    })
    const prediction = (await response.json()) as { count: number; width: number; version: string }
    expect(prediction).toMatchObject({ width: 128, version: '1' })
    expect(prediction.count).toBeGreaterThan(files.nuclei * 0.4)
    expect(prediction.count).toBeLessThan(files.nuclei * 1.6)
    await page
      .getByText(/^version 1$/)
      .filter({ visible: true })
      .first()
      .waitFor()
    expect(
      await page
        .getByText(new RegExp(`^${prediction.count}$`))
        .filter({ visible: true })
        .count(),
    ).toBeGreaterThan(0)
    expect(await violations()).toEqual([])
  })

  it('refuses a file that is no image with a sentence, and keeps serving', async () => {
    await page.locator('input[type=file]').first().setInputFiles(files.zip)
    await page.getByRole('alert').getByText('This image was not segmented').waitFor()
    const response = await fetch(`${karyon.url}/api/v1/models/cells/predict`, { method: 'POST', body: 'not an image' })
    expect(response.status).toBeGreaterThanOrEqual(400)
    expect(response.status).toBeLessThan(500)
    expect(await response.json()).toMatchObject({ error_code: expect.any(String), message: expect.any(String) })
  })

  it('had no script error on any page', () => {
    expect(complaints).toEqual([])
  })
})
