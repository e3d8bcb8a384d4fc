import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { env } from '../core/env.ts'
import { toAppError } from '../core/errors.ts'
import { queueExpiredDeletions } from '../core/runs/delete-runs.ts'
import { closeSql } from '../core/sql.ts'
import { scheduleSweeps } from '../core/sweeps/schedule.ts'
import { Agent } from './agent/agent.ts'
import { detectDevice } from './agent/device.ts'
import { makeSlots } from './agent/slots.ts'

/** The trainer of one machine: `node --import tsx trainer/agent.ts`. Ends on SIGTERM or SIGINT within five seconds. */
const DELETIONS_EVERY_MS = 3_600_000

const say = (line: string): void => console.log(`${new Date().toISOString()} ${line}`)

async function main(): Promise<void> {
  const { device: wanted, trainerSlots } = env()
  const device = await detectDevice(wanted)
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }
  let deletionsAt = 0
  const agent = new Agent({
    device,
    slots: makeSlots(device, trainerSlots),
    version,
    runEntry: fileURLToPath(new URL('./child.ts', import.meta.url)),
    jobEntry: fileURLToPath(new URL('./job-child.ts', import.meta.url)),
    schedule: async () => {
      await scheduleSweeps()
      if (Date.now() < deletionsAt) return
      await queueExpiredDeletions()
      deletionsAt = Date.now() + DELETIONS_EVERY_MS
    },
    say,
  })
  const stop = (): void => {
    void agent.stop().then(async () => {
      await Promise.race([closeSql(), new Promise((resolve) => setTimeout(resolve, 500))])
      process.exit(0)
    })
  }
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)
  agent.start()
  say(`Trainer ${agent.name} on ${device.description}: ready for runs.`)
}

main().catch((thrown: unknown) => {
  const error = toAppError(thrown)
  console.error(error.message, error.cause ?? '')
  process.exit(error.exitStatus)
})
