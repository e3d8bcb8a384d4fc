import { Compass } from 'lucide-react'
import Link from 'next/link'
import { Button } from './components/ui/button.tsx'
import { EmptyState } from './components/ui/empty-state.tsx'
import { Page } from './components/ui/page-header.tsx'

export default function NotFound() {
  return (
    <Page>
      <h1 className="sr-only">Not found</h1>
      <EmptyState
        icon={Compass}
        title="There is no such page"
        className="mt-10"
        action={
          <Button asChild variant="primary">
            <Link href="/">Go home</Link>
          </Button>
        }
      >
        The address may be mistyped, or what it led to was deleted.
      </EmptyState>
    </Page>
  )
}
