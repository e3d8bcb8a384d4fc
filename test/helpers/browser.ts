import { chromium, type Browser } from 'playwright-core'
import { BROWSER_FLAGS, ensureBrowser } from '../../setup/browser.mjs'

/** A real Chromium, headless, that talks to this machine alone. Close it when the tests are over. */
export async function launchBrowser(): Promise<Browser> {
  const { path, env } = await ensureBrowser()
  const environment = Object.fromEntries(
    Object.entries({ ...process.env, ...env }).filter((entry): entry is [string, string] => entry[1] !== undefined),
  )
  return chromium.launch({ executablePath: path, args: BROWSER_FLAGS, env: environment, headless: true })
}
