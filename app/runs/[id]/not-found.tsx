import { Trash2 } from 'lucide-react'
import Link from 'next/link'
import { Button } from '@/app/components/ui/button.tsx'
import { EmptyState } from '@/app/components/ui/empty-state.tsx'
import { Page } from '@/app/components/ui/page-header.tsx'

export default function RunNotFound() {
  return (
    <Page>
      <h1 className="sr-only">No such run</h1>
      <EmptyState
        icon={Trash2}
        title="This run is not here (any more)"
        className="mt-10"
        action={
          <>
            <Button asChild variant="primary">
              <Link href="/runs">All runs</Link>
            </Button>
            <Button asChild>
              <Link href="/runs?deleted=1">Deleted runs</Link>
            </Button>
          </>
        }
      >
        It was deleted and its files removed, or the link is mistyped. Deleted runs can be restored for 30 days.
      </EmptyState>
    </Page>
  )
}
