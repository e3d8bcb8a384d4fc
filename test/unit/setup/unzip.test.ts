import { createWriteStream, existsSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import yazl from 'yazl'
import { placeInWheel } from '../../../setup/tensorflow.mjs'
import { unzip } from '../../../setup/unzip.mjs'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'karyon-unzip-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

async function archive(entries: Record<string, string>): Promise<string> {
  const zip = new yazl.ZipFile()
  for (const [name, text] of Object.entries(entries))
    zip.addBuffer(Buffer.from(text), name, { compress: text.length > 3, mode: name.endsWith('.sh') ? 0o100755 : 0o100644 })
  zip.end()
  const path = join(folder, 'wheel.whl')
  await pipeline(zip.outputStream, createWriteStream(path))
  return path
}

describe('unzip', () => {
  it('takes out the chosen files, deflated, stored and empty, to where they belong', async () => {
    const path = await archive({
      'a/long.txt': 'long '.repeat(50_000),
      'a/run.sh': '#!/bin/sh',
      'a/b.txt': 'b',
      'a/empty.h': '',
      'other.txt': 'no',
    })
    let last: [number, number] = [0, 0]
    await unzip(
      path,
      (name: string) => (name.startsWith('a/') ? name.replace('a/', 'deps/') : undefined),
      join(folder, 'out'),
      (done: number, total: number) => (last = [done, total]),
    )
    const read = (name: string) => readFileSync(join(folder, 'out/deps', name), 'utf8')
    expect(read('long.txt')).toBe('long '.repeat(50_000))
    expect([read('b.txt'), read('empty.h')]).toEqual(['b', ''])
    expect(statSync(join(folder, 'out/deps/run.sh')).mode & 0o111).not.toBe(0)
    expect(existsSync(join(folder, 'out/other.txt'))).toBe(false)
    expect(last).toEqual([250_010, 250_010]) // unpacked bytes
  })

  it('refuses a place outside of the folder', async () => {
    const path = await archive({ 'a.txt': 'text' })
    await expect(unzip(path, () => '../outside.txt', join(folder, 'out'))).rejects.toThrow(/leads out/)
    expect(existsSync(join(folder, 'outside.txt'))).toBe(false)
  })

  it('says so when the archive is cut off', async () => {
    const path = await archive({ 'a.txt': 'text '.repeat(100) })
    truncateSync(path, statSync(path).size - 30)
    await expect(unzip(path, (name: string) => name, join(folder, 'out'))).rejects.toThrow(/cut off/)
  })
})

describe('placeInWheel', () => {
  it('takes libraries, C headers and CUDA libraries, and leaves Python behind', () => {
    expect(placeInWheel('tensorflow/libtensorflow_cc.so.2')).toBe('lib/libtensorflow_cc.so.2')
    expect(placeInWheel('tensorflow/include/tensorflow/c/eager/c_api.h')).toBe('include/tensorflow/c/eager/c_api.h')
    expect(placeInWheel('tensorflow/include/xla/tsl/c/tsl_status.h')).toBe('include/xla/tsl/c/tsl_status.h')
    expect(placeInWheel('nvidia/cudnn/lib/libcudnn.so.9')).toBe('nvidia/cudnn/lib/libcudnn.so.9')
    expect(placeInWheel('tensorflow/include/Eigen/Core.h')).toBeUndefined()
    expect(placeInWheel('tensorflow/python/pywrap.so')).toBeUndefined()
    expect(placeInWheel('nvidia/cudnn/include/cudnn.h')).toBeUndefined()
  })
})
