import { mkdirSync, readdirSync, symlinkSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import * as datasetsRoute from '../../app/api/v1/datasets/route.ts'
import * as queryRoute from '../../app/api/v1/metrics/query/route.ts'
import * as promoteRoute from '../../app/api/v1/models/[name]/promote/route.ts'
import * as predictRoute from '../../app/api/v1/models/[name]/predict/route.ts'
import * as versionsRoute from '../../app/api/v1/models/[name]/versions/route.ts'
import * as reviewRoute from '../../app/api/v1/promotion-review/route.ts'
import * as runRoute from '../../app/api/v1/runs/[run_id]/route.ts'
import * as cancelRoute from '../../app/api/v1/runs/[run_id]/cancel/route.ts'
import * as logsRoute from '../../app/api/v1/runs/[run_id]/logs/route.ts'
import * as masksRoute from '../../app/api/v1/runs/[run_id]/masks/route.ts'
import * as metricsRoute from '../../app/api/v1/runs/[run_id]/metrics/route.ts'
import * as deleteRoute from '../../app/api/v1/runs/delete/route.ts'
import * as runsRoute from '../../app/api/v1/runs/route.ts'
import * as sessionRoute from '../../app/api/v1/session/route.ts'
import * as streamRoute from '../../app/api/v1/stream/route.ts'
import * as sweepRoute from '../../app/api/v1/sweeps/[sweep_id]/route.ts'
import * as estimateRoute from '../../app/api/v1/sweeps/estimate/route.ts'
import * as sweepsRoute from '../../app/api/v1/sweeps/route.ts'
import * as validateRoute from '../../app/api/v1/sweeps/validate/route.ts'
import { receiveUpload } from '../../app/lib/server/receive-upload.ts'
import { env } from '../../core/env.ts'
import { sql } from '../../core/sql.ts'
import { callRoute } from '../helpers/call-route.ts'
import { seedStudy } from '../helpers/seed-study.ts'

const nobody = '0'.repeat(32)
let dataset = ''
beforeAll(async () => {
  dataset = (await seedStudy()).name
})

describe('bad input is a 4xx that says what is wrong', () => {
  const cases: [string, () => ReturnType<typeof callRoute>, number, string, RegExp][] = [
    [
      'an id that is none',
      () => callRoute(runRoute.GET, '/runs/x', { params: { run_id: 'x' } }),
      400,
      'INVALID_PARAMETER_VALUE',
      /run_id: must be 32 hex digits/,
    ],
    [
      'an id of nothing',
      () => callRoute(runRoute.GET, `/runs/${nobody}`, { params: { run_id: nobody } }),
      404,
      'RESOURCE_DOES_NOT_EXIST',
      /no run 0{32}/,
    ],
    [
      'a sweep of nothing',
      () => callRoute(sweepRoute.GET, '/', { params: { sweep_id: nobody } }),
      404,
      'RESOURCE_DOES_NOT_EXIST',
      /no sweep/,
    ],
    [
      'an unknown query',
      () => callRoute(runsRoute.GET, '/runs?colour=red'),
      400,
      'INVALID_PARAMETER_VALUE',
      /colour: there is no such key/,
    ],
    [
      'a number that is none',
      () => callRoute(runsRoute.GET, '/runs?max_results=NaN'),
      400,
      'INVALID_PARAMETER_VALUE',
      /max_results: must be a whole number/,
    ],
    [
      'a number that is too large',
      () => callRoute(metricsRoute.GET, '/x?max_points=99999999', { params: { run_id: nobody } }),
      400,
      'INVALID_PARAMETER_VALUE',
      /1 to 10000/,
    ],
    [
      'an endless number',
      () => callRoute(metricsRoute.GET, `/x?max_points=${'9'.repeat(400)}`, { params: { run_id: nobody } }),
      400,
      'INVALID_PARAMETER_VALUE',
      /max_points/,
    ],
    ['a page token of rubbish', () => callRoute(runsRoute.GET, '/runs?page_token=rubbish'), 400, 'INVALID_PARAMETER_VALUE', /page_token/],
    [
      'a filter that is not understood',
      () => callRoute(runsRoute.GET, '/runs?filter=metrics.x%20%3E'),
      400,
      'INVALID_PARAMETER_VALUE',
      /ends too early/,
    ],
    [
      'an epoch that is none',
      () => callRoute(masksRoute.GET, '/x?epoch=last', { params: { run_id: nobody } }),
      400,
      'INVALID_PARAMETER_VALUE',
      /epoch: must be an epoch from 1, or best/,
    ],
    [
      'an epoch of nought',
      () => callRoute(masksRoute.GET, '/x?epoch=0', { params: { run_id: nobody } }),
      400,
      'INVALID_PARAMETER_VALUE',
      /epoch/,
    ],
    [
      'a tail below nothing',
      () => callRoute(logsRoute.GET, '/x?tail=-1', { params: { run_id: nobody } }),
      400,
      'INVALID_PARAMETER_VALUE',
      /tail/,
    ],
    ['a query that is given twice', () => callRoute(runsRoute.GET, '/runs?filter=a&filter=b'), 400, 'INVALID_PARAMETER_VALUE', /filter/],
    [
      'no JSON',
      () => callRoute(sweepsRoute.POST, '/sweeps', { method: 'POST', body: '{"name":', headers: { 'content-type': 'application/json' } }),
      400,
      'BAD_REQUEST',
      /no JSON/,
    ],
    [
      'JSON of no object',
      () => callRoute(sweepsRoute.POST, '/sweeps', { method: 'POST', body: '[1]', headers: { 'content-type': 'application/json' } }),
      400,
      'INVALID_PARAMETER_VALUE',
      /body/,
    ],
    [
      'a body of another type',
      () => callRoute(sweepsRoute.POST, '/sweeps', { method: 'POST', body: '{"name":"x"}', headers: { 'content-type': 'text/plain' } }),
      415,
      'UNSUPPORTED_MEDIA_TYPE',
      /application\/json/,
    ],
    [
      'a body beyond the limit',
      () => callRoute(sweepsRoute.POST, '/sweeps', { method: 'POST', body: { name: 'x'.repeat(5_000_000) } }),
      413,
      'PAYLOAD_TOO_LARGE',
      /4 MB/,
    ],
    [
      'a sweep without anything',
      () => callRoute(sweepsRoute.POST, '/sweeps', { method: 'POST', body: {} }),
      400,
      'INVALID_PARAMETER_VALUE',
      /name/,
    ],
    [
      'epochs that are no number',
      () =>
        callRoute(sweepsRoute.POST, '/sweeps', { method: 'POST', body: { name: 's', dataset, parameters: { epochs: { value: 'ten' } } } }),
      400,
      'INVALID_PARAMETER_VALUE',
      /parameters\.epochs\.value: "ten" is not possible/,
    ],
    [
      'an unknown parameter',
      () => callRoute(sweepsRoute.POST, '/sweeps', { method: 'POST', body: { name: 's', dataset, parameters: { epoch: { value: 3 } } } }),
      400,
      'INVALID_PARAMETER_VALUE',
      /no parameter "epoch"/,
    ],
    [
      'an unknown dataset',
      () => callRoute(sweepsRoute.POST, '/sweeps', { method: 'POST', body: { name: 's', dataset: 'nowhere' } }),
      404,
      'RESOURCE_DOES_NOT_EXIST',
      /no dataset nowhere/,
    ],
    [
      'a version that is not there',
      () => callRoute(estimateRoute.POST, '/sweeps/estimate', { method: 'POST', body: { name: 's', dataset: `${dataset}@7` } }),
      404,
      'RESOURCE_DOES_NOT_EXIST',
      /no version 7/,
    ],
    [
      'a run to cancel that is not there',
      () => callRoute(cancelRoute.POST, '/x', { method: 'POST', params: { run_id: nobody } }),
      404,
      'RESOURCE_DOES_NOT_EXIST',
      /no run/,
    ],
    [
      'a name of nothing',
      () => callRoute(runRoute.PATCH, '/x', { method: 'PATCH', params: { run_id: nobody }, body: { name: '  ' } }),
      400,
      'INVALID_PARAMETER_VALUE',
      /name/,
    ],
    [
      'a key that is not there',
      () => callRoute(runRoute.PATCH, '/x', { method: 'PATCH', params: { run_id: nobody }, body: { status: 'finished' } }),
      400,
      'INVALID_PARAMETER_VALUE',
      /status: there is no such key/,
    ],
    [
      'a list of nothing',
      () => callRoute(deleteRoute.POST, '/runs/delete', { method: 'POST', body: { run_ids: [] } }),
      400,
      'INVALID_PARAMETER_VALUE',
      /run_ids/,
    ],
    [
      'metrics of no run',
      () => callRoute(queryRoute.POST, '/metrics/query', { method: 'POST', body: { runs: ['x'] } }),
      400,
      'INVALID_PARAMETER_VALUE',
      /runs\.0/,
    ],
    [
      'a stream of nothing',
      () => callRoute(streamRoute.GET, '/stream'),
      400,
      'INVALID_PARAMETER_VALUE',
      /one of runs, sweep or experiment/,
    ],
    [
      'a stream of a run that is not there',
      () => callRoute(streamRoute.GET, `/stream?runs=${nobody}`),
      404,
      'RESOURCE_DOES_NOT_EXIST',
      /no run/,
    ],
    [
      'a model name that climbs',
      () => callRoute(versionsRoute.POST, '/x', { method: 'POST', params: { name: '../etc' }, body: { run_id: nobody } }),
      400,
      'INVALID_PARAMETER_VALUE',
      /name/,
    ],
    [
      'a promotion without a reason',
      () => callRoute(promoteRoute.POST, '/x', { method: 'POST', params: { name: 'm' }, body: { version: 1, reason: ' ' } }),
      400,
      'INVALID_PARAMETER_VALUE',
      /reason: say why/,
    ],
    [
      'a promotion of no model',
      () => callRoute(promoteRoute.POST, '/x', { method: 'POST', params: { name: 'm' }, body: { version: 1, reason: 'better' } }),
      404,
      'RESOURCE_DOES_NOT_EXIST',
      /no model/,
    ],
    [
      'a reserved alias',
      () =>
        callRoute(promoteRoute.POST, '/x', { method: 'POST', params: { name: 'm' }, body: { version: 1, alias: 'latest', reason: 'x' } }),
      400,
      'INVALID_PARAMETER_VALUE',
      /alias/,
    ],
    [
      'a review of nothing',
      () => callRoute(reviewRoute.GET, '/promotion-review?model=m'),
      400,
      'INVALID_PARAMETER_VALUE',
      /either run or version/,
    ],
    [
      'a format that is none',
      () => callRoute(predictRoute.POST, '/x?format=bmp', { method: 'POST', params: { name: 'm' }, body: new Uint8Array(3) }),
      400,
      'INVALID_PARAMETER_VALUE',
      /format/,
    ],
    ['an empty image', () => callRoute(predictRoute.POST, '/x', { method: 'POST', params: { name: 'm' } }), 400, 'BAD_REQUEST', /empty/],
    [
      'a dataset of no name',
      () => callRoute(datasetsRoute.POST, '/datasets', { method: 'POST', body: { source: '/tmp' } }),
      400,
      'INVALID_PARAMETER_VALUE',
      /name/,
    ],
    [
      'a path that is not there',
      () => callRoute(datasetsRoute.POST, '/datasets', { method: 'POST', body: { name: 'd', source: '/no/such/place' } }),
      404,
      'RESOURCE_DOES_NOT_EXIST',
      /nothing at \/no\/such\/place/,
    ],
    [
      'a path of no root',
      () => callRoute(datasetsRoute.POST, '/datasets', { method: 'POST', body: { name: 'd', source: '../data' } }),
      400,
      'INVALID_PARAMETER_VALUE',
      /no full path/,
    ],
    [
      'too many images',
      () => callRoute(datasetsRoute.POST, '/datasets', { method: 'POST', body: { name: 'd', synthetic: { images: 1e9 } } }),
      400,
      'INVALID_PARAMETER_VALUE',
      /images/,
    ],
  ]
  it.each(cases)('%s', async (_name, call, status, code, words) => {
    const answer = await call()
    expect(answer).toMatchObject({ status, body: { error_code: code } })
    expect(answer.body.message).toMatch(words)
  })

  it('and leaves nothing half done', async () => {
    expect(await sql()`select 1 from sweep`).toHaveLength(0)
    expect(await sql()`select 1 from job`).toHaveLength(0)
  })
})

describe('a sweep that is checked without being started', () => {
  it('has its messages beside its fields', async () => {
    const answer = await callRoute(validateRoute.POST, '/sweeps/validate', {
      method: 'POST',
      body: {
        name: 's',
        dataset: 'nowhere',
        metric: { name: 'test/dice' },
        parameters: { epochs: { value: 0 }, loss: { values: ['dice', 'hinge'] } },
      },
    })
    expect(answer).toMatchObject({ status: 200, body: { valid: false, runs: null } })
    expect(Object.keys(answer.body.fields as object)).toEqual(
      expect.arrayContaining(['metric.name', 'parameters.epochs.value', 'parameters.loss.values.1']),
    )
  })
  it('has its dataset checked too', async () => {
    const answer = await callRoute(validateRoute.POST, '/sweeps/validate', { method: 'POST', body: { name: 's', dataset: 'nowhere' } })
    expect(answer.body).toMatchObject({ valid: false, fields: { dataset: expect.stringMatching(/no dataset nowhere/) as string } })
    const good = await callRoute(validateRoute.POST, '/sweeps/validate', {
      method: 'POST',
      body: { name: 's', dataset, parameters: { epochs: { values: [1, 2] } } },
    })
    expect(good.body).toMatchObject({ valid: true, runs: 2, fields: {} })
  })
})

describe('a write from another site', () => {
  it('is refused before anything is read', async () => {
    const answer = await callRoute(sweepsRoute.POST, '/sweeps', { method: 'POST', body: '{', headers: { origin: 'http://evil.example' } })
    expect(answer).toMatchObject({ status: 403, body: { error_code: 'PERMISSION_DENIED' } })
  })
  it('is refused of the login too', async () => {
    const answer = await callRoute(sessionRoute.POST, '/session', {
      method: 'POST',
      body: { token: 'x' },
      headers: { origin: 'http://evil.example' },
    })
    expect(answer.status).toBe(403)
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
      expect((await predict(form, '?version=3&format=labels')).body).toEqual({
        url: '/predict?model=nuclei&format=labels&version=3',
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
