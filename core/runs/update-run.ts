import { z } from 'zod'
import { db } from '../db.ts'
import { AppError } from '../errors.ts'

/** What may change about a run at any time, also after it has ended. A tag that is null is removed. */
export const runUpdateSchema = z.strictObject({
  name: z.string().trim().min(1, 'a run needs a name').max(250).optional(),
  notes: z.string().max(100_000).optional(),
  starred: z.boolean().optional(),
  tags: z.record(z.string().min(1).max(250), z.string().max(8000).nullable()).optional(),
})
export type RunUpdate = z.infer<typeof runUpdateSchema>

/** @throws AppError RESOURCE_DOES_NOT_EXIST */
export async function updateRun(runId: string, { tags = {}, ...fields }: RunUpdate): Promise<void> {
  await db().$transaction(async (tx) => {
    const { count } = await tx.run.updateMany({ where: { id: runId }, data: fields })
    if (count === 0) throw new AppError('RESOURCE_DOES_NOT_EXIST', `There is no run ${runId}.`)
    for (const [key, value] of Object.entries(tags)) {
      if (value === null) await tx.tag.deleteMany({ where: { runId, key } })
      else await tx.tag.upsert({ where: { runId_key: { runId, key } }, create: { runId, key, value }, update: { value } })
    }
  })
}
