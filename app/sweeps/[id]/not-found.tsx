import { FlaskConicalOff } from 'lucide-react'
import Link from 'next/link'
import { Button } from '@/app/components/ui/button.tsx'
import { EmptyState } from '@/app/components/ui/empty-state.tsx'
import { Page } from '@/app/components/ui/page-header.tsx'

export default function SweepNotFound() {
  return (
    <Page>
      <h1 className="sr-only">No such sweep</h1>
      <EmptyState
        icon={FlaskConicalOff}
        title="This sweep is not here (any more)"
        className="mt-10"
        action={
          <Button asChild variant="primary">
            <Link href="/sweeps">All sweeps</Link>
          </Button>
        }
      >
        It was deleted, or the link is mistyped.
      </EmptyState>
    </Page>
  )
}
