import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { env } from '../core/env.ts'

const recordSchema = z.object({ url: z.url(), serveUrl: z.url() })

/** Where the Karyon that was started last on this home listens; it may have ended since. */
export function launcherRecord(): { url: string; serveUrl: string } | undefined {
  try {
    return recordSchema.parse(JSON.parse(readFileSync(join(env().home, 'run/launcher.json'), 'utf8')))
  } catch {
    return undefined
  }
}
