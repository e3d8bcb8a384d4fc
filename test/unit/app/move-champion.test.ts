import { afterEach, expect, it, vi } from 'vitest'
import { moveChampion } from '../../../app/models/move-champion.ts'

afterEach(() => vi.unstubAllGlobals())

/** Answers every call alike, and keeps what was sent. */
function answer(status: number, body: object) {
  const sent: { path: string; body: unknown }[] = []
  vi.stubGlobal('fetch', (path: string, init: { body: string }) => {
    sent.push({ path, body: JSON.parse(init.body) })
    return Promise.resolve(new Response(JSON.stringify(body), { status }))
  })
  return sent
}

it('says which champion was shown when the decision was made', async () => {
  const sent = answer(200, {})
  expect(await moveChampion('nuclei', { version: '3', shown: '2', reason: ' better ' })).toBe(true)
  expect(await moveChampion('nuclei', { version: '1', shown: null, reason: 'first' })).toBe(true)
  expect(await moveChampion('nuclei', { shown: '3', reason: 'merges' })).toBe(true)
  expect(sent).toEqual([
    { path: '/api/v1/models/nuclei/promote', body: { alias: 'champion', version: '3', reason: 'better', expected_version: '2' } },
    { path: '/api/v1/models/nuclei/promote', body: { alias: 'champion', version: '1', reason: 'first', expected_version: null } },
    { path: '/api/v1/models/nuclei/rollback', body: { alias: 'champion', reason: 'merges', expected_version: '3' } },
  ])
})

it('tells a champion that has changed from what failed', async () => {
  answer(409, { error_code: 'RESOURCE_CONFLICT', message: 'champion of nuclei has moved meanwhile' })
  expect(await moveChampion('nuclei', { version: '3', shown: '2', reason: 'better' })).toBe(false)
  await expect(moveChampion('nuclei', { version: '2', shown: '2', reason: 'again' })).rejects.toThrow('moved')
  answer(404, { error_code: 'RESOURCE_DOES_NOT_EXIST', message: 'There is no model' })
  await expect(moveChampion('nuclei', { version: '3', shown: '2', reason: 'better' })).rejects.toThrow('There is no model')
})
