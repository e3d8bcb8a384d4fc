'use client'

import { GitCompareArrows, ListTree, RotateCcw, Trash2 } from 'lucide-react'
import Link from 'next/link'
import { useRouter } from 'next/navigation'
import { useMemo, useState } from 'react'
import { toast } from 'sonner'
import { deleteRunsWithUndo, restoreRuns } from '@/app/components/runs/delete-runs.ts'
import { Button } from '@/app/components/ui/button.tsx'
import { Card } from '@/app/components/ui/card.tsx'
import { EmptyState } from '@/app/components/ui/empty-state.tsx'
import { plural } from '@/app/lib/format.ts'
import { isEnded, type RunView } from '@/core/contracts/views.ts'
import { type RunsQuery } from './query.ts'
import { RunsFilter } from './runs-filter.tsx'
import { RunsRows } from './runs-rows.tsx'
import { useRuns } from './use-runs.ts'

const MOST_COMPARED = 8

export interface RunsTableProps {
  initialQuery: RunsQuery
  initialPage: { runs: readonly RunView[]; nextPageToken?: string }
  initialError: string | null
  pageSize: number
  now: number
}

export function RunsTable({ initialQuery, initialPage, initialError, pageSize, now }: RunsTableProps) {
  const router = useRouter()
  const table = useRuns(initialQuery, initialPage.runs, initialPage.nextPageToken, initialError, pageSize)
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set())
  const { query, runs } = table
  const chosen = useMemo(() => runs.filter((run) => selected.has(run.run_id)), [runs, selected])

  const compare = () => {
    if (chosen.length > MOST_COMPARED) toast.info(`At most ${MOST_COMPARED} runs fit beside each other.`)
    else router.push(`/compare?runs=${chosen.map((run) => run.run_id).join(',')}`)
  }
  const remove = async () => {
    const live = chosen.filter((run) => !isEnded(run.status))
    if (live.length > 0) {
      toast.error(`${plural(live.length, 'run')} still going: stop or cancel first.`)
      return
    }
    const ids = chosen.map((run) => run.run_id)
    if (await deleteRunsWithUndo(ids, table.reload)) {
      table.remove(new Set(ids))
      setSelected(new Set())
    }
  }
  const restore = async () => {
    const ids = chosen.map((run) => run.run_id)
    if (await restoreRuns(ids)) {
      table.remove(new Set(ids))
      setSelected(new Set())
    }
  }

  const nothing = runs.length === 0 && !table.loading && table.error === null
  return (
    <div className="flex flex-col gap-3">
      <RunsFilter query={query} error={table.error} onQuery={table.setQuery} />
      <div className="flex min-h-8.5 flex-wrap items-center gap-2">
        <p className="num text-[13px] text-muted-foreground" aria-live="polite">
          {chosen.length > 0
            ? `${chosen.length} of ${runs.length}${table.hasMore ? '+' : ''} selected`
            : `${plural(runs.length, 'run')}${table.hasMore ? ', more below' : ''}`}
        </p>
        <div className="ml-auto flex gap-2">
          {query.deleted ? (
            <Button disabled={chosen.length === 0} onClick={() => void restore()}>
              <RotateCcw aria-hidden /> Restore
            </Button>
          ) : (
            <>
              <Button disabled={chosen.length === 0} onClick={() => void remove()}>
                <Trash2 aria-hidden /> Delete
              </Button>
              <Button variant="primary" disabled={chosen.length === 0} onClick={compare}>
                <GitCompareArrows aria-hidden /> Compare
              </Button>
            </>
          )}
        </div>
      </div>
      {nothing ? (
        <Nothing query={query} />
      ) : (
        <Card className="overflow-hidden">
          <RunsRows table={table} selected={selected} onSelect={setSelected} now={now} />
        </Card>
      )}
    </div>
  )
}

function Nothing({ query }: { query: RunsQuery }) {
  if (query.deleted) return <EmptyState icon={Trash2} title="Nothing was deleted" />
  if (query.filter.trim() !== '') {
    return (
      <EmptyState icon={ListTree} title="No run is like that">
        Words are looked for in names. Conditions look like{' '}
        <code className="font-mono text-xs">metrics.`val/dice` &gt; 0.8 and params.batch_size = 16</code>.
      </EmptyState>
    )
  }
  return (
    <EmptyState
      icon={ListTree}
      title="No run yet"
      action={
        <Button asChild variant="primary">
          <Link href="/sweeps/new">New sweep</Link>
        </Button>
      }
    >
      Runs come from sweeps. Each is one training, with its curves, masks and files.
    </EmptyState>
  )
}
