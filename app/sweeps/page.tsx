import { FlaskConical, Plus } from 'lucide-react'
import { type Metadata } from 'next'
import Link from 'next/link'
import { SweepsTable } from '@/app/components/sweeps/sweeps-table.tsx'
import { Button } from '@/app/components/ui/button.tsx'
import { Card } from '@/app/components/ui/card.tsx'
import { EmptyState } from '@/app/components/ui/empty-state.tsx'
import { Page, PageHeader } from '@/app/components/ui/page-header.tsx'
import { listSweeps } from '@/core/sweeps/list-sweeps.ts'

export const metadata: Metadata = { title: 'Sweeps' }

export default async function Sweeps() {
  const sweeps = await listSweeps({ limit: 200 })
  const create = (
    <Button asChild variant="primary">
      <Link href="/sweeps/new">
        <Plus aria-hidden /> New sweep
      </Link>
    </Button>
  )
  return (
    <Page>
      <PageHeader
        title="Sweeps"
        description="Trainings that belong together: the same images and split, different parameters."
        actions={sweeps.length > 0 ? create : undefined}
      />
      {sweeps.length === 0 ? (
        <EmptyState icon={FlaskConical} title="No sweep yet" action={create}>
          A sweep trains one variant after the other and ranks them by what they reach on the validation images.
        </EmptyState>
      ) : (
        <Card>
          <SweepsTable sweeps={sweeps} now={Date.now()} />
        </Card>
      )}
    </Page>
  )
}
