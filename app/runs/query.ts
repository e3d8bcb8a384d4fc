/** What the runs table shows, as its address says it. */
export interface RunsQuery {
  filter: string
  /** An order_by of the API, e.g. "best_value desc". */
  order: string
  deleted: boolean
}

export const DEFAULT_ORDER = 'created_at desc'
export const isOrder = (text: string): boolean => /^[\w.`/@ -]+ (asc|desc)$/.test(text)

/** Words without an operator are looked for in the name; anything else is the filter language itself. */
export function toFilter(typed: string): string {
  const text = typed.trim()
  if (text === '' || /[=<>]|\b(like|ilike|in|is)\b/i.test(text)) return text
  return `name ilike '%${text.replaceAll("'", "''")}%'`
}

export function toSearch({ filter, order, deleted }: RunsQuery): string {
  const params = new URLSearchParams()
  if (filter.trim() !== '') params.set('filter', filter.trim())
  if (order !== DEFAULT_ORDER) params.set('order', order)
  if (deleted) params.set('deleted', '1')
  return params.toString()
}

/** The address of the API for a page of it. */
export function toApiPath({ filter, order, deleted }: RunsQuery, pageSize: number, pageToken?: string): string {
  const params = new URLSearchParams({ order_by: order, max_results: String(pageSize), lifecycle: deleted ? 'deleted' : 'active' })
  const text = toFilter(filter)
  if (text !== '') params.set('filter', text)
  if (pageToken !== undefined) params.set('page_token', pageToken)
  return `runs?${params.toString()}`
}
