import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { gpuPoints } from '../../../trainer/gpu.ts'

let folder: string

/** Stands in for nvidia-smi on a machine of two GPUs: as busy as ten times the index it was asked for, index 0 without. */
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'karyon-gpu-'))
  const program = join(folder, 'nvidia-smi')
  writeFileSync(program, '#!/bin/sh\ni=0; [ "$1" = -i ] && i=$2\necho "${i}0, ${i}00"\n[ "$1" = -i ] || echo "10, 100"\n')
  chmodSync(program, 0o755)
  vi.stubEnv('PATH', `${folder}:/usr/bin:/bin`)
})
afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true })
})

const busy = async (visible: string | undefined): Promise<number | undefined> => {
  vi.stubEnv('CUDA_VISIBLE_DEVICES', visible)
  return (await gpuPoints()).find(({ key }) => key === 'system/gpu_percent')?.value
}

it("meters the GPU of the process's own slot", async () => {
  expect(await busy('1')).toBe(10)
  expect(await busy('0')).toBe(0)
  expect(await busy('1,0')).toBe(10)
})

it('meters the first where none was chosen, and none where all are ruled out', async () => {
  expect(await busy(undefined)).toBe(0)
  expect(await busy('-1')).toBeUndefined()
})
