import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { lock, tryLock } from '../../../setup/lock.mjs'

describe('lock', () => {
  it('is given to one holder at a time', async () => {
    const name = randomBytes(8).toString('hex')
    const release = await tryLock(name)
    expect(await tryLock(name)).toBeUndefined()
    await release?.()
    const again = await tryLock(name)
    expect(again).toBeDefined()
    await again?.()
  })

  it('comes free when its holder is killed', async () => {
    const name = randomBytes(8).toString('hex')
    const module = new URL('../../../setup/lock.mjs', import.meta.url).href
    const holder = spawn(process.execPath, [
      '--input-type=module',
      '-e',
      `const { lock } = await import(${JSON.stringify(module)}); await lock(${JSON.stringify(name)}); console.log('held'); setInterval(() => {}, 1000)`,
    ])
    await once(holder.stdout, 'data')
    expect(await tryLock(name)).toBeUndefined()
    let waited = false
    const taken = lock(name, () => (waited = true))
    holder.kill('SIGKILL')
    const release = await taken
    expect(waited || holder.killed).toBe(true)
    await release()
  })
})
