import { type Document, isMap, isNode, isScalar, LineCounter, parseDocument, stringify } from 'yaml'

export interface YamlError {
  /** From 1. */
  line: number
  message: string
}
export type ParsedYaml = { spec: Record<string, unknown>; error: null } | { spec: null; error: YamlError }

/** The content of a sweep file, or the line at which it stops making sense. */
export function parseYaml(text: string): ParsedYaml {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const [error] = document.errors
  if (error !== undefined) return { spec: null, error: { line: lines.linePos(error.pos[0]).line, message: error.message } }
  if (document.contents !== null && !isMap(document.contents))
    return { spec: null, error: { line: 1, message: 'a sweep file is a list of keys with values, e.g. "name: baseline"' } }
  try {
    return { spec: (document.toJS({ maxAliasCount: 100 }) ?? {}) as Record<string, unknown>, error: null }
  } catch (thrown) {
    return { spec: null, error: { line: 1, message: thrown instanceof Error ? thrown.message : 'not understood' } }
  }
}

/**
 * The text changed to say `spec`: only what differs is written anew, so that comments and the order of keys stay. A text
 * that cannot be read is replaced.
 */
export function mergeYaml(text: string, spec: Record<string, unknown>): string {
  const document = parseDocument(text)
  if (text.trim() === '' || document.errors.length > 0 || !isMap(document.contents)) return stringify(spec, OPTIONS)
  mergeMap(document, [], (document.toJS() ?? {}) as Record<string, unknown>, spec)
  // Parameters last, one a line.
  const { items } = document.contents
  const at = items.findIndex((pair) => isScalar(pair.key) && pair.key.value === 'parameters')
  if (at >= 0) items.push(...items.splice(at, 1))
  const parameters = document.get('parameters')
  if (isMap(parameters)) parameters.flow = parameters.items.length === 0
  return document.toString(OPTIONS)
}

const OPTIONS = { lineWidth: 0, flowCollectionPadding: false } as const

function mergeMap(document: Document, path: string[], before: Record<string, unknown>, after: Record<string, unknown>): void {
  for (const key of Object.keys(before)) if (!(key in after)) document.deleteIn([...path, key])
  for (const [key, value] of Object.entries(after)) {
    const old = before[key]
    if (JSON.stringify(old) === JSON.stringify(value)) continue
    if (path.length < 1 && isRecord(old) && isRecord(value)) mergeMap(document, [...path, key], old, value)
    else document.setIn([...path, key], document.createNode(value, { flow: path.length > 0 }))
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)

/** The text of a sweep; each parameter on one line. */
export function formatYaml(spec: Record<string, unknown>): string {
  const { parameters, ...rest } = spec
  return mergeYaml(`${stringify(rest, OPTIONS)}parameters: {}\n`, { ...rest, parameters: isRecord(parameters) ? parameters : {} })
}

/** The line (from 1) where a field stands, or the nearest of its parents that is there. */
export function lineOf(text: string, field: string): number {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines })
  for (let path = field.split('.'); path.length > 0; path = path.slice(0, -1)) {
    const node = document.getIn(
      path.map((part) => (/^\d+$/.test(part) ? Number(part) : part)),
      true,
    )
    if (isNode(node) && node.range) return lines.linePos(node.range[0]).line
  }
  return 1
}
