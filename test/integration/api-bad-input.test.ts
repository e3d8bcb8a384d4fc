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
      'a parameter without value, values or range',
      () => callRoute(sweepsRoute.POST, '/sweeps', { method: 'POST', body: { name: 's', dataset, parameters: { epochs: 3 } } }),
      400,
      'INVALID_PARAMETER_VALUE',
      /parameters\.epochs: write \{value: \.\.\}/,
    ],
    [
      'a NUL in a name',
      () => callRoute(sweepsRoute.POST, '/sweeps', { method: 'POST', body: { name: 'a\u0000b', dataset } }),
      400,
      'INVALID_PARAMETER_VALUE',
      /^name holds a NUL/,
    ],
    [
      'half a surrogate pair deep within a body',
      () =>
        callRoute(sweepsRoute.POST, '/sweeps', {
          method: 'POST',
          body: { name: 's', dataset, parameters: { loss: { values: ['\ud800'] } } },
        }),
      400,
      'INVALID_PARAMETER_VALUE',
      /^parameters\.loss\.values\.0 holds a NUL or half a surrogate/,
    ],
    [
      'a NUL in a filter',
      () => callRoute(runsRoute.GET, '/runs?filter=name+%3D+%22a%00%22'),
      400,
      'INVALID_PARAMETER_VALUE',
      /^filter holds a NUL/,
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
