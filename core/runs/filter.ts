import { AppError } from '../errors.ts'

/**
 * MLflow's filter grammar, parsed: comparisons joined by AND.
 *
 *   metrics.`val/dice` > 0.8 and params.batch_size = 16 and tags.who ilike '%anna%' and attributes.status in ('running', 'queued')
 *
 * The field is metrics, params, tags or attributes (also in the singular, and `run`, `attr`, `parameter`); a name alone is an
 * attribute; a name of other signs stands in backquotes or double quotes. Text stands in quotes, a quote in it doubled.
 */
export type FilterField = 'metric' | 'param' | 'tag' | 'attribute'
export type FilterOperator = '=' | '!=' | '<' | '<=' | '>' | '>=' | 'like' | 'ilike' | 'in' | 'not in' | 'is null' | 'is not null'
export interface Comparison {
  field: FilterField
  key: string
  operator: FilterOperator
  /** One value, for `in` several, for `is null` none. */
  values: (string | number)[]
  /** Where it begins in the filter, from 0: for messages. */
  at: number
}

interface Token {
  kind: 'word' | 'quoted' | 'text' | 'number' | 'operator' | 'sign' | 'end'
  text: string
  at: number
}

const FIELDS: Record<string, FilterField> = {
  metric: 'metric',
  metrics: 'metric',
  param: 'param',
  params: 'param',
  parameter: 'param',
  parameters: 'param',
  tag: 'tag',
  tags: 'tag',
  attribute: 'attribute',
  attributes: 'attribute',
  attr: 'attribute',
  run: 'attribute',
}

const TOKENS: [Token['kind'] | 'space', RegExp][] = [
  ['space', /\s+/y],
  ['quoted', /`[^`]*`/y],
  ['quoted', /"(?:[^"]|"")*"/y],
  ['text', /'(?:[^']|'')*'/y],
  ['number', /[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?(?![\w/@])/y],
  ['operator', /!=|<>|>=|<=|=|<|>/y],
  ['sign', /[(),.]/y],
  ['word', /[^\s`"'(),.<>=!]+/y],
]

/**
 * @throws AppError INVALID_PARAMETER_VALUE that says which word is wrong, where it stands, and what was expected
 */
export function parseFilter(filter: string): Comparison[] {
  return new FilterParser(filter).comparisons()
}

/** `metrics.loss`, as in a filter or an order_by; the rest of the text after it. */
export function parseFieldName(text: string): { field: FilterField; key: string; rest: string } {
  const parser = new FilterParser(text)
  const name = parser.name()
  return { ...name, rest: parser.rest() }
}

class FilterParser {
  private readonly text: string
  private readonly tokens: Token[]
  private next = 0

  constructor(text: string) {
    this.text = text
    this.tokens = tokenize(text)
  }

  comparisons(): Comparison[] {
    if (this.peek().kind === 'end') return []
    const found = [this.comparison()]
    while (this.peek().kind !== 'end') {
      if (this.isWord('or')) throw wrong(this.peek(), 'OR is not known: ask twice, or use IN')
      this.expectWord('and', 'AND, or the end of the filter')
      found.push(this.comparison())
    }
    return found
  }

  name(): { field: FilterField; key: string } {
    const first = this.take()
    if (first.kind !== 'word' && first.kind !== 'quoted')
      throw wrong(first, 'expected a field such as metrics.`val/dice`, params.batch_size or status')
    if (this.peek().text !== '.' || this.peek().kind !== 'sign') return { field: 'attribute', key: unquote(first) }
    const field = FIELDS[first.text.toLowerCase()]
    if (field === undefined) throw wrong(first, 'a field is metrics, params, tags or attributes')
    this.take()
    const key = this.take()
    if (!['word', 'quoted', 'number'].includes(key.kind)) throw wrong(key, `expected the name of a ${field} after "${first.text}."`)
    // A name may hold points of its own: metrics.train.loss
    let name = unquote(key)
    while (this.peek().kind === 'sign' && this.peek().text === '.') {
      this.take()
      name += `.${unquote(this.take())}`
    }
    return { field, key: name }
  }

  /** What is left of the text, for order_by's direction. */
  rest(): string {
    return this.text.slice(this.peek().at).trim()
  }

  private comparison(): Comparison {
    const at = this.peek().at
    const name = this.name()
    const operator = this.operator()
    if (operator === 'is null' || operator === 'is not null') return { ...name, operator, values: [], at }
    if (operator === 'in' || operator === 'not in') return { ...name, operator, values: this.list(), at }
    return { ...name, operator, values: [this.value(operator)], at }
  }

  private operator(): FilterOperator {
    const token = this.take()
    if (token.kind === 'operator') return token.text === '<>' ? '!=' : (token.text as FilterOperator)
    const word = token.kind === 'word' ? token.text.toLowerCase() : ''
    if (word === 'like' || word === 'ilike' || word === 'in') return word
    if (word === 'not') {
      this.expectWord('in', 'IN after NOT')
      return 'not in'
    }
    if (word === 'is') {
      const negated = this.isWord('not')
      if (negated) this.take()
      this.expectWord('null', 'NULL after IS')
      return negated ? 'is not null' : 'is null'
    }
    throw wrong(token, 'expected one of =, !=, <, <=, >, >=, LIKE, ILIKE, IN, NOT IN, IS NULL')
  }

  private value(operator: FilterOperator): string | number {
    const token = this.take()
    if (token.kind === 'number') return Number(token.text)
    if (token.kind === 'text' || (token.kind === 'quoted' && token.text.startsWith('"'))) return unquote(token)
    throw wrong(token, `expected a number, or text in quotes, after ${operator.toUpperCase()}`)
  }

  private list(): (string | number)[] {
    this.expectSign('(', '( after IN')
    const values = [this.value('in')]
    while (this.peek().text === ',' && this.peek().kind === 'sign') {
      this.take()
      values.push(this.value('in'))
    }
    this.expectSign(')', ', or ) in the list')
    return values
  }

  private peek(): Token {
    return this.tokens[this.next] ?? { kind: 'end', text: '', at: this.text.length }
  }

  private take(): Token {
    const token = this.peek()
    this.next++
    return token
  }

  private isWord(word: string): boolean {
    return this.peek().kind === 'word' && this.peek().text.toLowerCase() === word
  }

  private expectWord(word: string, expected: string): void {
    if (!this.isWord(word)) throw wrong(this.peek(), `expected ${expected}`)
    this.take()
  }

  private expectSign(sign: string, expected: string): void {
    const token = this.take()
    if (token.kind !== 'sign' || token.text !== sign) throw wrong(token, `expected ${expected}`)
  }
}

function tokenize(text: string): Token[] {
  const tokens: Token[] = []
  let at = 0
  scan: while (at < text.length) {
    for (const [kind, pattern] of TOKENS) {
      pattern.lastIndex = at
      const match = pattern.exec(text)
      if (match === null) continue
      if (kind !== 'space') tokens.push({ kind, text: match[0], at })
      at += match[0].length
      continue scan
    }
    const quote = text[at]
    throw wrong(
      { kind: 'sign', text: text.slice(at, at + 20), at },
      quote === "'" || quote === '"' || quote === '`' ? 'this quote is never closed' : 'not understood',
    )
  }
  return tokens
}

function unquote(token: Token): string {
  if (token.kind === 'quoted') return token.text.startsWith('`') ? token.text.slice(1, -1) : token.text.slice(1, -1).replaceAll('""', '"')
  if (token.kind === 'text') return token.text.slice(1, -1).replaceAll("''", "'")
  return token.text
}

function wrong(token: Token, expected: string): AppError {
  const what = token.kind === 'end' ? 'it ends too early' : `"${token.text.slice(0, 60)}" at character ${token.at + 1}`
  return new AppError('INVALID_PARAMETER_VALUE', `The filter is not understood: ${what}: ${expected}.`)
}
