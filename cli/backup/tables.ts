import type { Query } from '../../core/sql.ts'

export interface TableShape {
  name: string
  columns: string[]
}

/** Points, params and files of an ended run are refused by triggers that look into run_state: it is filled last. */
const LAST = 'run_state'

/** Every table of Karyon's in an order in which they can be filled: a table after those that it refers to. */
export async function tablesInOrder(query: Query): Promise<TableShape[]> {
  const tables = await query<TableShape[]>`
    select c.relname as name, array_agg(a.attname order by a.attnum) as columns
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
    where n.nspname = 'public' and c.relkind = 'r' and c.relname <> 'karyon_migration'
    group by c.relname order by c.relname`
  const references = await query<{ from: string; to: string }[]>`
    select f.relname as from, t.relname as to from pg_constraint k
    join pg_class f on f.oid = k.conrelid join pg_class t on t.oid = k.confrelid
    join pg_namespace n on n.oid = f.relnamespace
    where k.contype = 'f' and n.nspname = 'public' and f.oid <> t.oid`
  const ordered: TableShape[] = []
  const left = new Map(tables.map((table) => [table.name, table]))
  while (left.size > 0) {
    const free = [...left.values()].filter(
      ({ name }) => !references.some(({ from, to }) => from === name && left.has(to)) && (name !== LAST || left.size === 1),
    )
    if (free.length === 0) throw new Error(`tables refer to each other in a circle: ${[...left.keys()].join(', ')}`)
    for (const table of free) {
      ordered.push(table)
      left.delete(table.name)
    }
  }
  return ordered
}

export interface Migration {
  name: string
  checksum: string
}

export async function appliedMigrations(query: Query): Promise<Migration[]> {
  return [...(await query<Migration[]>`select name, checksum from karyon_migration order by name`)]
}
