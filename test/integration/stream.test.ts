import { appendFile, mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { GET } from '../../app/api/v1/stream/route.ts'
import type { StreamEvent } from '../../core/contracts/views.ts'
import { artifactStore } from '../../core/artifacts/index.ts'
import { CHANNELS, notify } from '../../core/notify.ts'
import { readLogs } from '../../core/runs/logs.ts'
import { sql } from '../../core/sql.ts'
import { createSweep } from '../../core/sweeps/create-sweep.ts'
import { rawCall } from '../helpers/call-route.ts'
import { hexId, until } from '../helpers/seed-runs.ts'
import { logPoints, seedStudy, setStatus } from '../helpers/seed-study.ts'

/** A connection as a browser keeps it: events, and the id that it would come back with. */
class Connection {
  readonly events: StreamEvent[] = []
  lastEventId = ''
  ended = false
  readonly #abort = new AbortController()

  static async open(query: string, headers: Record<string, string> = {}): Promise<Connection> {
    const connection = new Connection()
    open.push(connection)
    const request = new Request(`http://127.0.0.1:3000/api/v1/stream?${query}`, {
      headers: { host: '127.0.0.1:3000', ...headers },
      signal: connection.#abort.signal,
    })
    const response = await GET(request, { params: Promise.resolve({}) })
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toMatch(/^text\/event-stream/)
    expect(response.headers.get('cache-control')).toContain('no-transform')
    void connection.#read(response.body!)
    return connection
  }

  close(): void {
    this.#abort.abort()
  }

  of<T extends StreamEvent['type']>(type: T): Extract<StreamEvent, { type: T }>[] {
    return this.events.filter((event): event is Extract<StreamEvent, { type: T }> => event.type === type)
  }

  /** Steps of a curve in the order in which they came. */
  steps(key: string): number[] {
    return this.of('points')
      .filter((event) => event.key === key)
      .flatMap((event) => event.points.map((point) => point.step))
  }

  async #read(body: ReadableStream<Uint8Array>): Promise<void> {
    let text = ''
    const decoder = new TextDecoder()
    const reader = body.getReader()
    for (;;) {
      const { done, value } = await reader.read()
      if (done) break
      text += decoder.decode(value, { stream: true })
      for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
        this.#take(text.slice(0, end))
        text = text.slice(end + 2)
      }
    }
    this.ended = true
  }

  #take(block: string): void {
    const field = (name: string): string | undefined =>
      block
        .split('\n')
        .find((line) => line.startsWith(`${name}: `))
        ?.slice(name.length + 2)
    this.lastEventId = field('id') ?? this.lastEventId
    const data = field('data')
    if (data === undefined) return
    const event = JSON.parse(data) as StreamEvent
    expect(field('event')).toBe(event.type)
    this.events.push(event)
  }
}

const open: Connection[] = []
afterEach(() => open.splice(0).forEach((connection) => connection.close()))

let dataset = ''
beforeAll(async () => {
  dataset = (await seedStudy()).name
})

async function twoRuns(): Promise<{ sweepId: string; runs: string[] }> {
  const sweep = await createSweep({ name: 's', dataset, parameters: { batch_size: { values: [1, 2] } } }, 'tester')
  const rows = await sql()<{ id: string }[]>`select id from run where sweep_id = ${sweep.sweep_id} order by ordinal`
  return { sweepId: sweep.sweep_id, runs: rows.map((row) => row.id) }
}

describe('the live stream', () => {
  it('begins with where every run stands, then tells what is written', async () => {
    const { runs } = await twoRuns()
    await logPoints(runs[0]!, 'val/dice', [{ step: 1, value: 0.5 }])
    const live = await Connection.open(`runs=${runs.join(',')}`)
    await until(() => live.of('status').length === 2)
    expect(live.of('progress')).toHaveLength(2)
    expect(live.of('points')).toEqual([])
    await logPoints(runs[0]!, 'val/dice', [
      { step: 2, value: 0.6 },
      { step: 3, value: Number.NaN },
    ])
    const [points] = await until(() => live.of('points').length > 0 && live.of('points'))
    expect(points).toMatchObject({
      run_id: runs[0],
      key: 'val/dice',
      points: [
        { step: 2, value: 0.6 },
        { step: 3, value: 'NaN' },
      ],
    })
    await setStatus(runs[0]!, 'running', 3)
    await until(() => live.of('status').some((event) => event.run_id === runs[0] && event.status === 'running'))
    expect(live.of('progress').at(-1)).toMatchObject({ run_id: runs[0], epoch: 3 })
  })

  it('goes on from Last-Event-ID without a gap and without a repeat', async () => {
    const { runs } = await twoRuns()
    const first = await Connection.open(`runs=${runs[0]!}&cursor=`)
    for (let step = 1; step <= 5; step++) await logPoints(runs[0]!, 'k', [{ step, value: step }])
    await until(() => first.steps('k').length >= 5)
    first.close()
    await until(() => first.ended)
    for (let step = 6; step <= 9; step++) await logPoints(runs[0]!, 'k', [{ step, value: step }])
    const second = await Connection.open(`runs=${runs[0]!}&cursor=`, { 'last-event-id': first.lastEventId })
    for (let step = 10; step <= 12; step++) await logPoints(runs[0]!, 'k', [{ step, value: step }])
    await until(() => second.steps('k').includes(12))
    expect([...first.steps('k'), ...second.steps('k')]).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])
  })

  it('begins at the cursor that the page was read at', async () => {
    const { runs } = await twoRuns()
    await logPoints(runs[0]!, 'k', [{ step: 1, value: 1 }])
    const [state] = await sql()<{ seq: number }[]>`select seq from run_state where run_id = ${runs[0]!}`
    await logPoints(runs[0]!, 'k', [{ step: 2, value: 2 }])
    const live = await Connection.open(`runs=${runs[0]!}&cursor=${runs[0]!}:${state!.seq}`)
    await until(() => live.steps('k').length > 0)
    expect(live.steps('k')).toEqual([2])
  })

  it('tells of runs that join a sweep, and of a run’s end after all that it wrote', async () => {
    const { sweepId, runs } = await twoRuns()
    const live = await Connection.open(`sweep=${sweepId}`)
    await until(() => live.of('status').length === 2)
    expect(live.of('run_added')).toEqual([])
    const added = hexId()
    await sql()`insert into run (id, experiment_id, sweep_id, ordinal, name, dataset_version_id, split_id)
      select ${added}, 0, sweep_id, 9, 'nine', dataset_version_id, split_id from run where id = ${runs[0]!}`
    await sql()`insert into run_state (run_id) values (${added})`
    await until(() => live.of('run_added').length > 0)
    expect(live.of('run_added')).toEqual([{ type: 'run_added', run_id: added }])
    await logPoints(added, 'k', [{ step: 1, value: 1 }])
    await sql()`update run_state set seq = seq + 1, status = 'finished', ended_at = now() where run_id = ${added}`
    await until(() => live.of('status').some((event) => event.run_id === added && event.status === 'finished'))
    expect(
      live.events
        .filter((event) => event.run_id === added)
        .map((event) => event.type)
        .filter((type) => type === 'points'),
    ).toHaveLength(1)
    expect(live.events.at(-1)).toMatchObject({ type: 'status', run_id: added })
  })

  it('tells the end of a run that ended while nobody watched, however long ago', async () => {
    const { sweepId, runs } = await twoRuns()
    await setStatus(runs[0]!, 'running', 1)
    const first = await Connection.open(`sweep=${sweepId}`)
    await until(() => first.of('status').length === 2)
    first.close()
    await setStatus(runs[0]!, 'finished', 2)
    await sql()`update run_state set ended_at = now() - interval '1 hour' where run_id = ${runs[0]!}`
    const second = await Connection.open(`sweep=${sweepId}`, { 'last-event-id': first.lastEventId })
    await until(() => second.of('status').some((event) => event.run_id === runs[0] && event.status === 'finished'))
  })

  it('sends log lines once, to all viewers, from where the page read them', async () => {
    const { runs } = await twoRuns()
    const key = `runs/${runs[0]!}/1/log.txt`
    const path = artifactStore().localPath(key)!
    await mkdir(dirname(path), { recursive: true })
    const write = async (text: string): Promise<void> => {
      await appendFile(path, text)
      const [state] = await sql()<{ seq: number }[]>`update run_state set seq = seq + 1 where run_id = ${runs[0]!} returning seq`
      await sql()`insert into artifact (run_id, attempt, kind, name, key, size, seq) values (${runs[0]!}, 1, 'log', 'log-1.txt', ${key}, ${Buffer.byteLength(text)}, ${state!.seq})
        on conflict (key) do update set size = artifact.size + excluded.size, seq = excluded.seq`
    }
    await write('one\ntwo\n')
    expect((await readLogs(runs[0]!)).lines).toEqual(['one', 'two'])
    expect(await readLogs(runs[0]!, { tail: 1 })).toMatchObject({ lines: ['two'], truncated: true })
    const viewers = [await Connection.open(`runs=${runs[0]!}`), await Connection.open(`runs=${runs[0]!}`)]
    await until(() => viewers.every((viewer) => viewer.of('status').length === 1))
    await write('drei ü\n')
    await write('four\n')
    await until(() => viewers.every((viewer) => viewer.of('log').flatMap((event) => event.lines).length >= 2))
    for (const viewer of viewers) expect(viewer.of('log').flatMap((event) => event.lines)).toEqual(['drei ü', 'four'])
    expect(viewers[0]!.of('artifact')).toEqual([])
  })

  it('follows a whole experiment', async () => {
    const spec = { name: 'first', dataset, experiment: 'watched', parameters: { batch_size: { value: 1 } } }
    const first = await createSweep(spec, 'tester')
    const live = await Connection.open(`experiment=${first.experiment_id}`)
    await until(() => live.of('status').length === 1)
    const second = await createSweep({ ...spec, name: 'second' }, 'tester')
    await createSweep({ ...spec, experiment: 'another' }, 'tester')
    await until(() => live.of('run_added').length > 0)
    const [run] = await sql()<{ id: string }[]>`select id from run where sweep_id = ${second.sweep_id}`
    expect(live.of('run_added')).toEqual([{ type: 'run_added', run_id: run?.id }])
  })

  it('is woken by a notification', async () => {
    const { runs } = await twoRuns()
    const live = await Connection.open(`runs=${runs[0]!}`)
    await until(() => live.of('status').length === 1)
    await logPoints(runs[0]!, 'k', [{ step: 1, value: 1 }])
    await notify(sql(), CHANNELS.run, runs[0]!)
    await until(() => live.steps('k').length === 1, 5)
  })

  it('ends when the page goes', async () => {
    const { runs } = await twoRuns()
    const live = await Connection.open(`runs=${runs[0]!}`)
    live.close()
    await until(() => live.ended)
  })

  it('refuses a cursor that no stream gave', async () => {
    const { runs } = await twoRuns()
    const response = await rawCall(GET, `/stream?runs=${runs[0]!}&cursor=rubbish`)
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({
      error_code: 'INVALID_PARAMETER_VALUE',
      message: expect.stringMatching(/"rubbish"/) as string,
    })
  })
})
