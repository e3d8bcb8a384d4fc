import { createHash } from 'node:crypto'
import { z } from 'zod'
import { type RunView, toWire, wireNumber } from '../contracts/views.ts'
import { AppError } from '../errors.ts'
import { type Sql, sql } from '../sql.ts'
import { assembleRuns } from './assemble-runs.ts'
import { parseFieldName, parseFilter } from './filter.ts'
import { fieldColumns, filterCondition, type Fragment } from './filter-sql.ts'
import { requireHexId } from './ids.ts'

export interface RunSearch {
  /** MLflow's grammar: see filter.ts. */
  filter?: string
  /** E.g. ["metrics.`val/dice` desc", "created_at desc"]; runs without the value come last. Default: newest first. */
  orderBy?: readonly string[]
  /** 1 to 1000, default 100. */
  maxResults?: number
  pageToken?: string
  experimentIds?: readonly string[]
  sweepId?: string
  runIds?: readonly string[]
  lifecycle?: 'active' | 'deleted' | 'all'
}

export interface RunPage {
  runs: RunView[]
  nextPageToken?: string
}

interface Order {
  number: Fragment
  text: Fragment
  descending: boolean
}
interface SortedRow {
  id: string
  [column: `n${number}`]: number | null
  [column: `t${number}`]: string | null
}

const MOST_ORDERS = 10
const tokenSchema = z.strictObject({
  q: z.string(),
  id: z.string().regex(/^[0-9a-f]{32}$/),
  n: z.array(wireNumber.nullable()),
  t: z.array(z.string().nullable()),
})

/**
 * One page of runs. The token of the next page holds the place of the last run in the order, not a number of rows to
 * skip: runs that come or go between two pages make none appear twice or be skipped.
 * @throws AppError INVALID_PARAMETER_VALUE that names what in filter, order or token is wrong
 */
export async function searchRuns(search: RunSearch = {}): Promise<RunPage> {
  const db = sql()
  const limit = search.maxResults ?? 100
  if (!Number.isInteger(limit) || limit < 1 || limit > 1000) {
    throw new AppError('INVALID_PARAMETER_VALUE', `max_results is ${limit}: it must be a whole number from 1 to 1000.`)
  }
  const orders = parseOrders(db, search.orderBy ?? [])
  const fingerprint = createHash('sha256')
    .update(JSON.stringify({ ...search, maxResults: undefined, pageToken: undefined }))
    .digest('base64url')
    .slice(0, 12)
  const after = search.pageToken === undefined ? undefined : parseToken(search.pageToken, fingerprint, orders.length)

  const columns = orders.reduce<Fragment>((all, o, i) => db`${all}, ${o.number} as ${db(`n${i}`)}, ${o.text} as ${db(`t${i}`)}`, db``)
  const sorting = orders.reduce<Fragment>(
    (all, o, i) => {
      const direction = o.descending ? db`desc nulls last` : db`asc nulls last`
      return db`${all} ${db(`n${i}`)} ${direction}, ${db(`t${i}`)} collate "C" ${direction},`
    },
    db``,
  )
  const rows = await db<SortedRow[]>`
    select * from (
      select r.id ${columns}
      from run r
      join experiment e on e.id = r.experiment_id
      left join run_state s on s.run_id = r.id
      left join sweep w on w.id = r.sweep_id
      left join dataset_version v on v.id = r.dataset_version_id
      left join dataset d on d.id = v.dataset_id
      where ${scope(db, search)} and ${filterCondition(db, parseFilter(search.filter ?? ''))}
    ) matched
    where ${after === undefined ? db`true` : isAfter(db, orders, after)}
    order by ${sorting} id
    limit ${limit + 1}`
  const page = rows.slice(0, limit)
  const runs = await assembleRuns(page.map((row) => row.id))
  const last = page.at(-1)
  if (rows.length <= limit || last === undefined) return { runs }
  const token: z.infer<typeof tokenSchema> = {
    q: fingerprint,
    id: last.id,
    n: orders.map((_, i) => wired(last[`n${i}`] ?? null)),
    t: orders.map((_, i) => last[`t${i}`] ?? null),
  }
  return { runs, nextPageToken: Buffer.from(JSON.stringify(token)).toString('base64url') }
}

function scope(db: Sql, search: RunSearch): Fragment {
  const parts: Fragment[] = [db`true`]
  const lifecycle = search.lifecycle ?? 'active'
  if (lifecycle !== 'all') parts.push(db`r.lifecycle_stage = ${lifecycle}`)
  if (search.sweepId !== undefined) parts.push(db`r.sweep_id = ${requireHexId(search.sweepId, 'sweep')}`)
  if (search.runIds !== undefined) parts.push(db`r.id = any(${search.runIds.map((id) => requireHexId(id, 'run'))})`)
  if (search.experimentIds !== undefined && search.experimentIds.length > 0) {
    const ids = search.experimentIds.map((id) => {
      if (!/^\d{1,9}$/.test(id))
        throw new AppError('INVALID_PARAMETER_VALUE', `"${id}" is not the id of an experiment: it is a decimal number, e.g. 0.`)
      return Number(id)
    })
    parts.push(db`r.experiment_id = any(${ids}::int[])`)
  }
  return parts.reduce((all, part) => db`${all} and ${part}`)
}

/** Each order sorts by its number, then by its text; the last is always the newest first, then the id. */
function parseOrders(db: Sql, orderBy: readonly string[]): Order[] {
  if (orderBy.length > MOST_ORDERS)
    throw new AppError('INVALID_PARAMETER_VALUE', `order_by names ${orderBy.length} fields: at most ${MOST_ORDERS}.`)
  const asked = orderBy.map((text) => {
    const { field, key, rest } = parseFieldName(text)
    const direction = rest.toLowerCase()
    if (direction !== '' && direction !== 'asc' && direction !== 'desc') {
      throw new AppError(
        'INVALID_PARAMETER_VALUE',
        `order_by "${text.slice(0, 80)}" is not understood at "${rest.slice(0, 60)}": expected ASC or DESC.`,
      )
    }
    return { ...fieldColumns(db, field, key), descending: direction === 'desc' }
  })
  return [...asked, { ...fieldColumns(db, 'attribute', 'created_at'), descending: true }]
}

/** Lexicographically after the last run of the page before, where nulls come last in either direction. */
function isAfter(db: Sql, orders: readonly Order[], token: z.infer<typeof tokenSchema>): Fragment {
  let condition: Fragment = db`id > ${token.id}`
  for (let i = orders.length - 1; i >= 0; i--) {
    const descending = orders[i]?.descending === true
    const number = token.n[i] ?? null
    const text = token.t[i] ?? null
    condition = level(db, db`${db(`t${i}`)} collate "C"`, text === null ? null : db`${text}::text`, descending, condition)
    condition = level(db, db`${db(`n${i}`)}`, number === null ? null : db`${Number(number)}::float8`, descending, condition)
  }
  return db`(${condition})`
}

function level(db: Sql, column: Fragment, value: Fragment | null, descending: boolean, deeper: Fragment): Fragment {
  if (value === null) return db`(${column} is null and (${deeper}))`
  const beyond = descending ? db`${column} < ${value}` : db`${column} > ${value}`
  return db`(${column} is null or ${beyond} or (${column} = ${value} and (${deeper})))`
}

function parseToken(text: string, fingerprint: string, orders: number): z.infer<typeof tokenSchema> {
  const unusable = (why: string): AppError =>
    new AppError('INVALID_PARAMETER_VALUE', `The page_token ${why}. Leave it out to begin with the first page.`)
  let token: z.infer<typeof tokenSchema>
  try {
    token = tokenSchema.parse(JSON.parse(Buffer.from(text, 'base64url').toString('utf8')))
  } catch (cause) {
    throw new AppError('INVALID_PARAMETER_VALUE', unusable('is not one that this server gave').message, { cause })
  }
  if (token.q !== fingerprint) throw unusable('belongs to another search: filter, order_by and the like must be as they were')
  if (token.n.length !== orders || token.t.length !== orders) throw unusable('is not one that this server gave')
  return token
}

const wired = (value: number | null) => (value === null ? null : toWire(value))
