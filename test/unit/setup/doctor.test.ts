import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { checkWeights } from '../../../setup/doctor.mjs'

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'karyon-doctor-'))
  vi.stubEnv('KARYON_CACHE', join(folder, 'cache'))
  vi.stubEnv('KARYON_PRETRAINED_DIR', '')
})
afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true })
})

function put(...path: string[]): void {
  const file = join(folder, ...path)
  mkdirSync(join(file, '..'), { recursive: true })
  writeFileSync(file, '{}')
}

describe('pretrained weights', () => {
  it('are found where KARYON_PRETRAINED_DIR holds manifests', async () => {
    vi.stubEnv('KARYON_PRETRAINED_DIR', join(folder, 'given'))
    put('given', 'mobilenet_v2_1.0_no_top', 'weights_manifest.json')
    expect(await checkWeights()).toMatchObject({ ok: true, detail: expect.stringMatching(/^mobilenet_v2_1\.0_no_top in /) })
  })

  it('are missed where it holds anything else, with the file that is wanted', async () => {
    vi.stubEnv('KARYON_PRETRAINED_DIR', join(folder, 'given'))
    put('given', 'mobilenet_v2_1.0_no_top', 'model.json')
    expect(await checkWeights()).toMatchObject({ ok: false, fix: expect.stringContaining('weights_manifest.json') })
  })

  it('are found in the cache in either form that is downloaded, but not half a download', async () => {
    put('cache', 'weights', 'mobilenet_v2_0.35_no_top', 'model.json')
    expect(await checkWeights()).toMatchObject({ ok: true, detail: expect.stringContaining('not downloaded yet') })
    put('cache', 'weights', 'mobilenet_v2_1.0_no_top', 'weights.h5')
    put('cache', 'weights', 'mobilenet_v2_1.0_no_top', 'checksums.json')
    expect(await checkWeights()).toMatchObject({ ok: true, detail: expect.stringMatching(/^mobilenet_v2_1\.0_no_top in /) })
  })
})
