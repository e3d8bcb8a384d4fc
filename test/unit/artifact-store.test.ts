import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { blobKey, FolderStore } from '../../core/artifacts/index.ts'
import { parseEnv } from '../../core/env.ts'

let folder: string
let store: FolderStore
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'artifact-store-'))
  store = new FolderStore(join(folder, 'store'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

async function text(stream: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

describe('the folder store', () => {
  it('gives back what was put, whole, by range, and replaces it whole', async () => {
    const put = await store.put('runs/1/a.txt', Buffer.from('0123456789'))
    expect(put).toEqual({ size: 10, sha256: '84d89877f0d4041efb6bf91a16f0248f2fd573e6af05c19f96bedb9f882f7882' })
    expect((await store.get('runs/1/a.txt')).toString()).toBe('0123456789')
    expect(await text(await store.stream('runs/1/a.txt', { start: 2, end: 4 }))).toBe('234')
    expect(await text(await store.stream('runs/1/a.txt', { start: 8 }))).toBe('89')
    await store.put('runs/1/a.txt', Buffer.from('x'))
    expect(await store.size('runs/1/a.txt')).toBe(1)
  })

  it('takes streams and files', async () => {
    await writeFile(join(folder, 'in.bin'), 'abc')
    await store.putFile('b/in.bin', join(folder, 'in.bin'))
    async function* pieces(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('de')
      yield Buffer.from('f')
    }
    expect((await store.put('b/pieces', pieces())).size).toBe(3)
    expect((await store.get('b/pieces')).toString()).toBe('def')
    expect(await store.list('b')).toEqual(['b/in.bin', 'b/pieces'])
    expect(await store.list('')).toEqual(['b/in.bin', 'b/pieces'])
    expect(await store.list('nothing')).toEqual([])
  })

  it('keeps nothing of a put that breaks off', async () => {
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('half')
      throw new Error('the network went away')
    }
    await expect(store.put('b/half', broken())).rejects.toThrow('the network went away')
    expect(await store.exists('b/half')).toBe(false)
    expect(await readdir(join(folder, 'store', '.partial'))).toEqual([])
  })

  it('says which file is missing, and deletes what is not there without complaint', async () => {
    await expect(store.get('no/such')).rejects.toMatchObject({
      code: 'RESOURCE_DOES_NOT_EXIST',
      message: expect.stringContaining('no/such') as string,
    })
    await expect(store.stream('no/such')).rejects.toMatchObject({ code: 'RESOURCE_DOES_NOT_EXIST' })
    await store.delete('no/such')
    await store.put('runs/2/x', Buffer.from('1'))
    await store.deleteAll('runs/2')
    expect(await store.exists('runs/2/x')).toBe(false)
  })

  it.each(['', '/etc/passwd', '../x', 'a/../../x', 'a//b', 'a/.hidden', 'a\\b', 'a/\0'])('refuses the key %j', async (key) => {
    await expect(store.put(key, Buffer.from(''))).rejects.toMatchObject({ code: 'INVALID_PARAMETER_VALUE' })
    expect(() => store.localPath(key)).toThrow()
  })
})

describe('choosing a store', () => {
  it.each(['s3://bucket/prefix', 'https://artifacts.lab'])('refuses %s with the environment, by the name of the variable', (place) => {
    expect(() => parseEnv({ KARYON_ARTIFACTS: place })).toThrow(/KARYON_ARTIFACTS is not usable: .* in a folder only; name one/)
  })

  it('addresses blobs by content', () => {
    expect(blobKey(Buffer.from('abc'), 'png')).toBe('blobs/ba/7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad.png')
  })
})
