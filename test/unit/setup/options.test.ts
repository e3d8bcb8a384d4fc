import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { readOptions, takeOptions } from '../../../setup/options.mjs'
import { dashboardUrl } from '../../../setup/parts.mjs'

beforeEach(() => {
  for (const name of ['HOST', 'PORT', 'SERVE_PORT', 'KARYON_TOKEN', 'KARYON_HOME', 'DATABASE_URL', 'KARYON_ARTIFACTS']) vi.stubEnv(name, '')
})
afterEach(() => vi.unstubAllEnvs())

describe('readOptions', () => {
  it('has the documented defaults', () => {
    expect(readOptions([])).toMatchObject({ host: '127.0.0.1', port: 3000, servePort: 3001, token: undefined })
  })

  it('lets flags win over the environment, and keeps the model server beside the dashboard', () => {
    vi.stubEnv('PORT', '5000')
    expect(readOptions(['--port', '4000', '--home', '/tmp/h'])).toMatchObject({ port: 4000, servePort: 4001, home: '/tmp/h' })
    vi.stubEnv('SERVE_PORT', '9001')
    expect(readOptions([])).toMatchObject({ port: 5000, servePort: 9001 })
  })

  it.each([
    [['--port', 'many'], /--port is many/],
    [['--port', '70000'], /--port is 70000/],
    [['--prot', '4000'], /--prot/],
    [['--host', '0.0.0.0'], /KARYON_TOKEN/],
  ])('refuses %j and names it', (args, message) => {
    expect(() => readOptions(args)).toThrow(message)
  })

  it('refuses a DATABASE_URL that is none', () => {
    vi.stubEnv('DATABASE_URL', 'nonsense')
    expect(() => readOptions([])).toThrow(/DATABASE_URL is no address/)
  })

  it('refuses an object store for the artifacts before anything is set up', () => {
    vi.stubEnv('KARYON_ARTIFACTS', 's3://bucket/prefix')
    expect(() => readOptions([])).toThrow(/KARYON_ARTIFACTS is s3:.* in a folder only/)
  })

  it('refuses one port for both servers', () => {
    vi.stubEnv('SERVE_PORT', '4000')
    expect(() => readOptions(['--port', '4000'])).toThrow(/both 4000/)
  })
})

describe('takeOptions', () => {
  it('separates the launcher’s options from those of the command', () => {
    expect(takeOptions(['--data', 'x.zip', '--port', '4000', '--home=/h', '--exit'])).toEqual({
      taken: { port: '4000', home: '/h' },
      rest: ['--data', 'x.zip', '--exit'],
    })
  })
})

describe('dashboardUrl', () => {
  it('is an address that can be opened', () => {
    expect(dashboardUrl({ host: '0.0.0.0', port: 80 })).toBe('http://127.0.0.1:80')
    expect(dashboardUrl({ host: '::1', port: 80 })).toBe('http://[::1]:80')
    expect(dashboardUrl({ host: '192.0.2.7', port: 80 })).toBe('http://192.0.2.7:80')
  })
})
