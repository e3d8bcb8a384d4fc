import { Trophy } from 'lucide-react'
import { type Metadata } from 'next'
import Link from 'next/link'
import { Button } from '@/app/components/ui/button.tsx'
import { Callout } from '@/app/components/ui/callout.tsx'
import { EmptyState } from '@/app/components/ui/empty-state.tsx'
import { Page, PageHeader } from '@/app/components/ui/page-header.tsx'
import type { PromotionReview } from '@/core/contracts/views.ts'
import { toAppError } from '@/core/errors.ts'
import { listModels } from '@/model-registry/list-models.ts'
import { reviewPromotion } from '@/model-registry/review.ts'
import { type Candidate, PromoteView } from './promote-view.tsx'

export const metadata: Metadata = { title: 'Promote' }

type Props = { searchParams: Promise<{ run?: string | string[]; version?: string | string[]; model?: string | string[] }> }
const crumbs = [{ label: 'Models', href: '/models' }, { label: 'Promote' }]
const one = (value: string | string[] | undefined): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined)

export default async function PromotePage({ searchParams }: Props) {
  const query = await searchParams
  const run = one(query.run)
  const version = one(query.version)
  const models = await listModels()
  const names = models.map((model) => model.name)
  const model = one(query.model) ?? names[0] ?? 'nuclei'
  if (run === undefined && version === undefined) {
    return (
      <Page>
        <PageHeader crumbs={crumbs} title="Promote a run" />
        <EmptyState
          icon={Trophy}
          title="Which run?"
          action={
            <Button asChild variant="primary">
              <Link href="/runs">Choose a run</Link>
            </Button>
          }
        >
          “Promote” on a run, on a leaderboard or in a comparison opens it here beside the champion.
        </EmptyState>
      </Page>
    )
  }
  const candidate: Candidate = run === undefined ? { version: version ?? '' } : { runId: run }
  let review: PromotionReview
  try {
    review = await reviewPromotion({ model, runId: run, version: run === undefined ? version : undefined })
  } catch (thrown) {
    const error = toAppError(thrown)
    if (error.httpStatus >= 500) throw thrown
    return (
      <Page>
        <PageHeader crumbs={crumbs} title="Promote a run" />
        <Callout tone="error" title="This cannot be promoted">
          {error.message}
        </Callout>
      </Page>
    )
  }
  return (
    <Page>
      <PromoteView candidate={candidate} initial={review} models={names} />
    </Page>
  )
}
