'use client'

import { RotateCcw, TriangleAlert } from 'lucide-react'
import { Button } from './components/ui/button.tsx'
import { EmptyState } from './components/ui/empty-state.tsx'
import { Page } from './components/ui/page-header.tsx'

/** A page that could not be made, most often because the database is away for a moment. */
export default function PageError({ error, reset }: { error: Error & { digest?: string }; reset: () => void }) {
  return (
    <Page>
      <h1 className="sr-only">Something went wrong</h1>
      <EmptyState
        icon={TriangleAlert}
        title="This page could not be shown"
        className="mt-10"
        action={
          <Button variant="primary" onClick={reset}>
            <RotateCcw aria-hidden /> Try again
          </Button>
        }
      >
        <p>
          Nothing is lost: training goes on by itself. Most often the database is away for a moment; if it stays away,{' '}
          <code className="font-mono text-xs">npx karyon doctor</code> says why.
        </p>
        {error.digest !== undefined && (
          <p className="mt-2">
            In the log as <code className="font-mono text-xs">{error.digest}</code>.
          </p>
        )}
      </EmptyState>
    </Page>
  )
}
