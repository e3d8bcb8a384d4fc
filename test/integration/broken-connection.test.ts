import { expect, it } from 'vitest'
import { connect } from '../../core/sql.ts'
import { databaseProxy } from '../helpers/database-proxy.ts'

it('a transaction whose connection breaks is refused with a code, the process lives, and the pool serves on', async () => {
  const proxy = await databaseProxy(process.env.DATABASE_URL ?? '')
  const sql = connect(proxy.url, { max: 1 })
  for (let round = 0; round < 3; round++) {
    const transaction = sql.begin(async (tx) => {
      await tx`select 1`
      await proxy.down()
      await tx`select 2`
    })
    await expect(transaction).rejects.toMatchObject({ code: expect.stringMatching(/^(CONNECTION_|ECONN|EPIPE)/) })
    // The write that used to end the process came from a timer after the refusal.
    await new Promise((resolve) => setTimeout(resolve, 100))
    await proxy.up()
    const [row] = await sql<{ one: number }[]>`select 1 as one`
    expect(row?.one).toBe(1)
  }
  await sql.end()
  await proxy.close()
})
