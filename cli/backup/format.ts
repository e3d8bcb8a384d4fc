import { z } from 'zod'

/** `backup.json`: what is in a backup. Beside it `tables/NAME.copy` (PostgreSQL's COPY text) and `artifacts/KEY`. */
export const backupSchema = z.object({
  format: z.literal(1),
  karyon: z.string(),
  created_at: z.number().int(),
  /** Applied to the database that was backed up: name and checksum, in order. */
  migrations: z.array(z.object({ name: z.string(), checksum: z.string() })),
  tables: z.array(z.object({ name: z.string(), columns: z.array(z.string()), rows: z.number().int() })),
  artifacts: z.array(z.object({ key: z.string(), size: z.number().int(), sha256: z.string() })),
  /** Keys that the database names and the store lacks. */
  missing: z.array(z.string()),
})
export type Backup = z.infer<typeof backupSchema>

export const BACKUP_JSON = 'backup.json'
export const tableFile = (name: string): string => `tables/${name}.copy`
