import type { PendingQuery, Row } from 'postgres'
import { AppError } from '../errors.ts'
import type { Sql } from '../sql.ts'
import type { Comparison, FilterField } from './filter.ts'

/** A piece of SQL with its values apart. */
export type Fragment = PendingQuery<Row[]>

interface Attribute {
  /** Of `run r` joined with `run_state s`, as runs are searched. */
  column: (db: Sql) => Fragment
  type: 'text' | 'number' | 'time' | 'status'
}

const text = (column: (db: Sql) => Fragment): Attribute => ({ column, type: 'text' })
const number = (column: (db: Sql) => Fragment): Attribute => ({ column, type: 'number' })
const time = (column: (db: Sql) => Fragment): Attribute => ({ column, type: 'time' })

const ATTRIBUTES: Record<string, Attribute> = {
  run_id: text((db) => db`r.id`),
  run_name: text((db) => db`r.name`),
  name: text((db) => db`r.name`),
  status: { column: (db) => db`s.status`, type: 'status' },
  message: text((db) => db`s.message`),
  user_id: text((db) => db`r.created_by`),
  created_by: text((db) => db`r.created_by`),
  notes: text((db) => db`r.notes`),
  source: text((db) => db`r.source`),
  lifecycle_stage: text((db) => db`r.lifecycle_stage`),
  experiment_id: text((db) => db`r.experiment_id::text`),
  experiment_name: text((db) => db`e.name`),
  sweep_id: text((db) => db`r.sweep_id`),
  sweep_name: text((db) => db`w.name`),
  dataset: text((db) => db`(d.name || '@' || v.version)`),
  dataset_name: text((db) => db`d.name`),
  ordinal: number((db) => db`r.ordinal`),
  starred: number((db) => db`r.starred::int`),
  epoch: number((db) => db`s.epoch`),
  attempt: number((db) => db`s.attempt`),
  best_epoch: number((db) => db`s.best_epoch`),
  best_value: number((db) => db`nullif(s.best_value, 'NaN')`),
  created: time((db) => db`r.created_at`),
  created_at: time((db) => db`r.created_at`),
  start_time: time((db) => db`s.started_at`),
  started_at: time((db) => db`s.started_at`),
  end_time: time((db) => db`s.ended_at`),
  ended_at: time((db) => db`s.ended_at`),
}

/** MLflow's names of our status values. */
const STATUS: Record<string, string[]> = {
  scheduled: ['queued'],
  running: ['running', 'stopping'],
  finished: ['finished', 'pruned'],
  killed: ['cancelled'],
}

/** The condition that all comparisons hold, over the joins of searchRuns. */
export function filterCondition(db: Sql, comparisons: readonly Comparison[]): Fragment {
  return comparisons.reduce<Fragment>((all, comparison) => db`${all} and ${condition(db, comparison)}`, db`true`)
}

/** A field as values to compare or sort by: a number where it can be one (else null), and text. */
export function fieldColumns(db: Sql, field: FilterField, key: string): { number: Fragment; text: Fragment } {
  switch (field) {
    case 'metric':
      return { number: latest(db, key), text: db`null::text` }
    case 'param': {
      const value = paramText(db, key)
      return { number: asNumber(db, value), text: value }
    }
    case 'tag': {
      const value = db`(select t.value from tag t where t.run_id = r.id and t.key = ${key})`
      return { number: asNumber(db, value), text: value }
    }
    case 'attribute': {
      const { column, type } = attribute(key)
      if (type === 'number') return { number: db`${column(db)}::float8`, text: db`null::text` }
      if (type === 'time') return { number: milliseconds(db, column(db)), text: db`null::text` }
      return { number: db`null::float8`, text: db`${column(db)}::text` }
    }
  }
}

function condition(db: Sql, comparison: Comparison): Fragment {
  const { field, key, operator, values } = comparison
  const columns = fieldColumns(db, field, key)
  const attributeType = field === 'attribute' ? attribute(key).type : undefined
  if (operator === 'is null' || operator === 'is not null') {
    const value = attributeType === 'number' || attributeType === 'time' || field === 'metric' ? columns.number : columns.text
    return operator === 'is null' ? db`(${value} is null)` : db`(${value} is not null)`
  }
  if (field === 'metric' || attributeType === 'number' || attributeType === 'time') {
    return compare(
      db,
      columns.number,
      operator,
      values.map((value) => numberOf(comparison, value)),
    )
  }
  if (operator === 'like' || operator === 'ilike') {
    const pattern = String(values[0])
    return operator === 'like' ? db`(${columns.text} like ${pattern})` : db`(${columns.text} ilike ${pattern})`
  }
  if (attributeType === 'status') return compareStatus(db, columns.text, comparison)
  // A number is compared as one; text in quotes as text, so that params.learning_rate = '0.001' holds as in MLflow.
  return values.every((value) => typeof value === 'number')
    ? compare(db, columns.number, operator, values)
    : compare(db, columns.text, operator, values.map(String))
}

function compare(db: Sql, column: Fragment, operator: Comparison['operator'], values: (string | number)[]): Fragment {
  const list = values.every((value) => typeof value === 'number') ? db`${values}::float8[]` : db`${values.map(String)}::text[]`
  const one = values.every((value) => typeof value === 'number') ? db`${values[0] ?? 0}::float8` : db`${String(values[0])}::text`
  switch (operator) {
    case '=':
      return db`(${column} = ${one})`
    case '!=':
      return db`(${column} <> ${one})`
    case '<':
      return db`(${column} < ${one})`
    case '<=':
      return db`(${column} <= ${one})`
    case '>':
      return db`(${column} > ${one})`
    case '>=':
      return db`(${column} >= ${one})`
    case 'in':
      return db`(${column} = any(${list}))`
    case 'not in':
      return db`(${column} <> all(${list}))`
    case 'like':
    case 'ilike':
    case 'is null':
    case 'is not null':
      throw new AppError(
        'INVALID_PARAMETER_VALUE',
        `The filter is not understood: numbers cannot be compared by ${operator.toUpperCase()}.`,
      )
  }
}

function compareStatus(db: Sql, column: Fragment, comparison: Comparison): Fragment {
  const values = comparison.values.flatMap((value) => {
    const name = String(value)
    // MLflow writes its names in capitals; ours are small and mean exactly themselves.
    return name === name.toUpperCase() ? (STATUS[name.toLowerCase()] ?? [name.toLowerCase()]) : [name]
  })
  if (comparison.operator === '=' || comparison.operator === 'in') return compare(db, column, 'in', values)
  if (comparison.operator === '!=' || comparison.operator === 'not in') return compare(db, column, 'not in', values)
  throw new AppError(
    'INVALID_PARAMETER_VALUE',
    `The filter is not understood: status is compared by =, !=, IN, LIKE, not by ${comparison.operator}.`,
  )
}

function attribute(key: string): Attribute {
  const found = Object.hasOwn(ATTRIBUTES, key) ? ATTRIBUTES[key] : undefined
  if (found === undefined) {
    throw new AppError(
      'INVALID_PARAMETER_VALUE',
      `There is no attribute "${key.slice(0, 80)}". Attributes are ${Object.keys(ATTRIBUTES).join(', ')}; write metrics., params. or tags. before other names.`,
    )
  }
  return found
}

function numberOf(comparison: Comparison, value: string | number): number {
  // start_time is in milliseconds UTC; a date in quotes is kinder to a person.
  const given =
    typeof value === 'number' ? value : comparison.field === 'attribute' && /^\d{4}-\d\d/.test(value) ? Date.parse(value) : Number(value)
  if (Number.isNaN(given) || value === '') {
    throw new AppError(
      'INVALID_PARAMETER_VALUE',
      `The filter is not understood: ${comparison.key} is a number, and "${String(value)}" is not (at character ${comparison.at + 1}).`,
    )
  }
  return given
}

/** The latest value; NaN counts as none, so that it is neither above nor below anything and sorts last. */
const latest = (db: Sql, key: string): Fragment => db`(
  select nullif(p.value, 'NaN') from metric_series m join metric_point p on p.series_id = m.id
  where m.run_id = r.id and m.key = ${key} order by p.step desc, p.at desc, p.value desc limit 1)`

/** Without the quotes of JSON text, where Karyon's own trainer wrote it. */
const paramText = (db: Sql, key: string): Fragment => db`(
  select case when r.source = 'karyon' and q.value like '"%"' then (q.value::jsonb) #>> '{}' else q.value end
  from param q where q.run_id = r.id and q.key = ${key})`

const asNumber = (db: Sql, value: Fragment): Fragment =>
  db`(select case when x.v ~ '^[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]{1,3})?$' then x.v::float8 end from (select ${value} as v) x)`

const milliseconds = (db: Sql, column: Fragment): Fragment => db`(extract(epoch from ${column}) * 1000)::float8`
