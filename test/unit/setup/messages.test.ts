import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { requirePorts, takeHome } from '../../../setup/bring-up.mjs'
import { requireSpace } from '../../../setup/disk.mjs'
import { describeFailure } from '../../../setup/failure.mjs'
import { freePort } from '../../../setup/ports.mjs'
import { recordProcess } from '../../../setup/run-records.mjs'
import { nameProcess } from '../../../setup/processes.mjs'
import { formatBytes, formatSeconds } from '../../../setup/steps.mjs'
import { chooseSource } from '../../../setup/tensorflow-source.mjs'

afterEach(() => vi.unstubAllEnvs())

describe('what a person is told', () => {
  it('a port in use: which, by whom, and what to do', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const servePort = await freePort()
    await expect(requirePorts({ host: '127.0.0.1', port, servePort })).rejects.toMatchObject({
      message: expect.stringMatching(new RegExp(`Port ${port} \\(PORT\\) is in use by .*pid ${process.pid}`)) as string,
      fix: expect.stringContaining('--port') as string,
      exitStatus: 3,
    })
    await expect(requirePorts({ host: '192.0.2.1', port: servePort, servePort: port })).rejects.toThrow(/192\.0\.2\.1, which is no address/)
    server.close()
  })

  it('a second start on one home: where the first runs', async () => {
    const home = mkdtempSync(join(tmpdir(), 'karyon-home-'))
    const release = await takeHome(home)
    recordProcess(home, 'launcher', nameProcess(process.pid), { url: 'http://127.0.0.1:4711' })
    await expect(takeHome(home)).rejects.toThrow(`Karyon already runs on ${home}, at http://127.0.0.1:4711 (pid ${process.pid})`)
    await release()
    await (
      await takeHome(home)
    )()
    rmSync(home, { recursive: true })
  })

  it('a full disk: the folder, what is needed and what is free', () => {
    expect(() => requireSpace('/tmp', 1e18, 'the database')).toThrow(/disk space for the database: \/tmp has .* free/)
    expect(describeFailure(Object.assign(new Error('write'), { code: 'ENOSPC', path: '/x' }))?.message).toMatch(/disk is full \(\/x\)/)
  })

  it('an unusable TensorFlow folder: which, and what it must hold', async () => {
    vi.stubEnv('KARYON_TENSORFLOW_DIR', '/nowhere')
    await expect(chooseSource()).rejects.toThrow(/KARYON_TENSORFLOW_DIR is \/nowhere, which does not exist/)
    vi.stubEnv('KARYON_TENSORFLOW_DIR', '/tmp')
    await expect(chooseSource()).rejects.toThrow(/holds no libtensorflow/)
  })

  it('sizes and times in words', () => {
    expect([formatBytes(0), formatBytes(900), formatBytes(273_829_956), formatBytes(2.5e9)]).toEqual(['0 kB', '1 kB', '274 MB', '2.5 GB'])
    expect([formatSeconds(3.14), formatSeconds(45.2), formatSeconds(150)]).toEqual(['3.1 s', '45 s', '3 min'])
  })
})
