import { toAppError } from '@/core/errors.ts'
import { sql } from '@/core/sql.ts'
import packageJson from '@/package.json'

/** 200 where a query is answered, 503 with the reason where not. */
export async function health(): Promise<Response> {
  const about = { name: 'karyon', version: packageJson.version }
  const headers = { 'cache-control': 'no-store' }
  try {
    await sql()`select 1`
    return Response.json({ status: 'ok', ...about, database: true }, { headers })
  } catch (thrown) {
    return Response.json({ status: 'degraded', ...about, database: false, message: toAppError(thrown).message }, { status: 503, headers })
  }
}
