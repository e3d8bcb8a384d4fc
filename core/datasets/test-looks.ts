import { sql } from '../sql.ts'

/**
 * How often the sealed test sides of a version were looked at. Over all of its splits: another split seed draws its test
 * side from the same images, so that the count would otherwise begin anew with each seed. Null: no dataset, no look.
 */
export async function countTestLooks(datasetVersionId: string | null): Promise<number> {
  const [row] = await sql()<{ looks: number }[]>`select count(*) as looks from test_look where dataset_version_id = ${datasetVersionId}`
  return row?.looks ?? 0
}
