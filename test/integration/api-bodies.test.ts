import { mkdirSync, readdirSync, symlinkSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import * as validateRoute from '../../app/api/v1/sweeps/validate/route.ts'
import { seedStudy } from '../helpers/seed-study.ts'
import { describe, expect, it } from 'vitest'
import * as datasetsRoute from '../../app/api/v1/datasets/route.ts'
import * as predictRoute from '../../app/api/v1/models/[name]/predict/route.ts'
import { receiveUpload } from '../../app/lib/server/receive-upload.ts'
import { env } from '../../core/env.ts'
import { sql } from '../../core/sql.ts'
import { callRoute } from '../helpers/call-route.ts'

describe('a sweep file', () => {
  const send = (body: string, type: string) =>
    callRoute(validateRoute.POST, '/sweeps/validate', { method: 'POST', body, headers: { 'content-type': type } })

  it('may come as it is written, in YAML', async () => {
    const { name } = await seedStudy()
    const file = `name: rates\ndataset: ${name}\nparameters:\n  learning_rate: {values: [0.01, 0.001]}\n  batch_size: {value: 8}\n`
    expect(await send(file, 'application/yaml')).toMatchObject({ status: 200, body: { valid: true, runs: 2, spec: { name: 'rates' } } })
  })
  it('that is no YAML, or grows without end, is refused', async () => {
    expect(await send('name: [', 'application/yaml')).toMatchObject({ status: 400, body: { error_code: 'BAD_REQUEST' } })
    const bomb = [
      'a: &a [x, x, x, x, x, x, x, x, x]',
      ...'bcdefgh'.split('').map((c, i) => `${c}: &${c} [${Array(9).fill(`*${'abcdefgh'[i]}`).join(', ')}]`),
    ].join('\n')
    expect(await send(bomb, 'application/yaml')).toMatchObject({ status: 400, body: { error_code: 'BAD_REQUEST' } })
    expect((await send('name: x', 'text/plain')).status).toBe(415)
  })
})

describe('an import by the server’s path', () => {
  it('is queued for a caller on this machine, by the real path', async () => {
    const folder = join(env().home, 'mine')
    mkdirSync(folder, { recursive: true })
    symlinkSync(folder, join(env().home, 'link'))
    const answer = await callRoute(datasetsRoute.POST, '/datasets', {
      method: 'POST',
      body: { name: 'mine', source: join(env().home, 'link') },
    })
    expect(answer).toMatchObject({ status: 202, body: { kind: 'import', status: 'queued', payload: { name: 'mine', path: folder } } })
  })
  it('is refused from elsewhere, whether the path exists or not', async () => {
    const from = { 'x-forwarded-for': '203.0.113.9' }
    for (const source of ['/etc/passwd', '/no/such/place']) {
      const answer = await callRoute(datasetsRoute.POST, '/datasets', { method: 'POST', body: { name: 'd', source }, headers: from })
      expect(answer).toMatchObject({ status: 403, body: { error_code: 'PERMISSION_DENIED' } })
    }
  })
})

describe('an upload', () => {
  const uploads = (): string[] => {
    try {
      return readdirSync(join(env().home, 'uploads'))
    } catch {
      return []
    }
  }
  const form = (parts: Record<string, string | Blob>): FormData => {
    const data = new FormData()
    for (const [name, value] of Object.entries(parts)) data.append(name, value)
    return data
  }

  it('is streamed to disk and queued; the job removes it', async () => {
    const bytes = new Uint8Array(3_000_000).fill(7)
    const answer = await callRoute(datasetsRoute.POST, '/datasets', {
      method: 'POST',
      body: form({ file: new File([bytes], 'nuclei.zip'), name: 'uploaded', channel: '1' }),
    })
    expect(answer).toMatchObject({ status: 202, body: { payload: { name: 'uploaded', channel: 1, delete_source: true } } })
    expect(uploads()).toHaveLength(1)
    await sql()`delete from job`
  })
  it.each([
    ['no file', form({ name: 'd' }), 400, /no file/],
    ['a wrong name', form({ name: '../d', file: new File(['x'], 'a.zip') }), 400, /name/],
    ['no name', form({ file: new File(['x'], 'a.zip') }), 400, /name/],
    ['an unknown field', form({ name: 'd', colour: 'red', file: new File(['x'], 'a.zip') }), 400, /colour/],
    ['an empty file', form({ name: 'd', file: new File([], 'a.zip') }), 400, /empty/],
    ['a file of another name', form({ name: 'd', image: new File(['x'], 'a.zip') }), 400, /"file"/],
    ['a path that climbs as its name', form({ name: 'd', channel: '../../x', file: new File(['x'], '../../../evil.zip') }), 400, /channel/],
  ])('with %s is refused and leaves no file', async (_name, body, status, words) => {
    const before = uploads()
    const answer = await callRoute(datasetsRoute.POST, '/datasets', { method: 'POST', body })
    expect(answer.status).toBe(status)
    expect(answer.body.message).toMatch(words)
    expect(uploads()).toEqual(before)
    expect(await sql()`select 1 from job`).toHaveLength(0)
  })
  it('that is no form, or breaks off, is refused', async () => {
    const send = (body: string, type: string) =>
      callRoute(datasetsRoute.POST, '/datasets', { method: 'POST', body, headers: { 'content-type': type } })
    const before = uploads()
    expect((await send('x', 'multipart/form-data')).status).toBe(400)
    expect(
      (await send('--b\r\nContent-Disposition: form-data; name="file"; filename="a.zip"\r\n\r\nabc', 'multipart/form-data; boundary=b'))
        .status,
    ).toBe(400)
    expect(uploads()).toEqual(before)
  })
  it('beyond the limit is cut off', async () => {
    const data = form({ name: 'd', file: new File([new Uint8Array(200_000)], 'a.zip') })
    const before = uploads()
    await expect(receiveUpload(new Request('http://x/', { method: 'POST', body: data }), 100_000)).rejects.toMatchObject({
      code: 'PAYLOAD_TOO_LARGE',
    })
    expect(uploads()).toEqual(before)
  })
})

describe('a prediction', () => {
  const answerWith = async (handle: Parameters<typeof createServer>[1]): Promise<() => Promise<void>> => {
    const server = createServer(handle)
    await new Promise<void>((resolve) => server.listen(env().servePort, '127.0.0.1', resolve))
    return () => new Promise((resolve) => server.close(() => resolve()))
  }
  const predict = (body: unknown, query = '') =>
    callRoute(predictRoute.POST, `/x${query}`, { method: 'POST', params: { name: 'nuclei' }, body })

  it('without a model server is a 503 that says what to do', async () => {
    Object.assign(env(), { servePort: await freePort() })
    Object.assign(env(), { serveUrl: `http://127.0.0.1:${env().servePort}` })
    const answer = await predict(new Uint8Array(10))
    expect(answer).toMatchObject({ status: 503, body: { error_code: 'TEMPORARILY_UNAVAILABLE' } })
    expect(answer.body.message).toMatch(/karyon serve/)
  })
  it('passes image and answer through, of a body and of a form alike', async () => {
    const close = await answerWith((request, response) => {
      const chunks: Buffer[] = []
      request.on('data', (chunk: Buffer) => chunks.push(chunk))
      request.on('end', () =>
        response
          .setHeader('content-type', 'application/json')
          .end(JSON.stringify({ url: request.url, size: Buffer.concat(chunks).length })),
      )
    })
    try {
      expect((await predict(new Uint8Array(70_000))).body).toEqual({
        url: '/predict?model=nuclei&format=json&alias=champion',
        size: 70_000,
      })
      const form = new FormData()
      form.append('file', new File([new Uint8Array(1234)], 'a.tif'))
      expect((await predict(form, '?version=3&format=labels&diameter=20')).body).toEqual({
        url: '/predict?model=nuclei&format=labels&version=3&diameter=20',
        size: 1234,
      })
    } finally {
      await close()
    }
  })
  it('passes the model server’s refusal on', async () => {
    const close = await answerWith((request, response) => {
      request
        .resume()
        .on('end', () =>
          response.writeHead(422, { 'content-type': 'application/json' }).end('{"error_code":"INVALID_DATASET","message":"no image"}'),
        )
    })
    try {
      expect(await predict(new Uint8Array(10))).toMatchObject({ status: 422, body: { error_code: 'INVALID_DATASET' } })
    } finally {
      await close()
    }
  })
})

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}
