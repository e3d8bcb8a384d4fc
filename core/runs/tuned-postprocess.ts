import { z } from 'zod'
import { type TunedPostprocess, tunedPostprocessSchema } from '../contracts/views.ts'
import { sql } from '../sql.ts'

/** What tuning stores in an evaluation's settings. */
const settingsSchema = z.object({
  postprocess: tunedPostprocessSchema.shape.tuned.shape.postprocess,
  tuned_images: z.number().int(),
  default: tunedPostprocessSchema.shape.default,
})
const summarySchema = z.object({ 'val/dice': z.number(), 'val/ap50': z.number(), 'val/map': z.number() })

/** The tuned post-processing of a run's best weights with its scores; null where none was tuned (yet). */
export async function getTunedPostprocess(runId: string): Promise<TunedPostprocess | null> {
  const [row] = await sql()<{ epoch: number | null; settings: unknown; summary: unknown }[]>`
    select epoch, settings, summary from evaluation
    where run_id = ${runId} and model_version_id is null and side = 'val' and (settings->>'tuned')::boolean
    order by created_at desc limit 1`
  if (row === undefined) return null
  const settings = settingsSchema.safeParse(row.settings)
  const summary = summarySchema.safeParse(row.summary)
  // Scored again later, with the tuned settings but without the default's beside them.
  if (!settings.success || !summary.success) return null
  const { postprocess, tuned_images: images, default: byDefault } = settings.data
  const { 'val/dice': dice, 'val/ap50': ap50, 'val/map': map } = summary.data
  return { epoch: row.epoch, images, tuned: { postprocess, dice, ap50, map }, default: byDefault }
}
