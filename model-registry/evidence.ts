import type { PromotionReview } from '../core/contracts/views.ts'
import { reviewPromotion } from './review.ts'

/** What is kept with a promotion event: what was known when it was decided, without the lists of single images. */
export async function evidenceOf(name: string, alias: string, version: number): Promise<Record<string, unknown>> {
  return summarise(await reviewPromotion({ model: name, version, alias }))
}

function summarise(review: PromotionReview): Record<string, unknown> {
  const { candidate, champion, comparable, postprocess, difference, strata, test_looks } = review
  return {
    candidate: { version: candidate.version, run_id: candidate.run_id, dataset: candidate.dataset, metrics: candidate.metrics },
    champion:
      champion === null
        ? null
        : { version: champion.version, run_id: champion.run_id, dataset: champion.dataset, metrics: champion.metrics },
    comparable,
    postprocess,
    difference,
    strata,
    test_looks,
  }
}
