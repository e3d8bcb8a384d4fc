'use client'

import { Plus } from 'lucide-react'
import { useRouter } from 'next/navigation'
import { useCallback, useEffect, useMemo, useState } from 'react'
import { curveStyle } from '@/app/components/charts/curve.ts'
import { type GridRun, toGridRun } from '@/app/components/masks/grid-run.ts'
import { MaskGrid } from '@/app/components/masks/mask-grid.tsx'
import { SyntheticBadge } from '@/app/components/ui/badge.tsx'
import { Button } from '@/app/components/ui/button.tsx'
import { Callout } from '@/app/components/ui/callout.tsx'
import { Card } from '@/app/components/ui/card.tsx'
import { Checkbox } from '@/app/components/ui/checkbox.tsx'
import { Dialog, DialogContent, DialogTrigger } from '@/app/components/ui/dialog.tsx'
import { PageHeader } from '@/app/components/ui/page-header.tsx'
import { ConnectionNote } from '@/app/components/ui/connection-note.tsx'
import { plural } from '@/app/lib/format.ts'
import { cursorOf, useStream } from '@/app/lib/live.ts'
import { applyEvents, type LiveRun } from '@/app/lib/live-state.ts'
import { isEnded, type RunView, type StreamEvent } from '@/core/contracts/views.ts'
import { CompareCurves } from './compare-curves.tsx'
import { CompareTable } from './compare-table.tsx'
import { RunChooser } from './run-chooser.tsx'

/** Columns of masks that an eye still takes in; more can be ticked. */
const FIRST_COLUMNS = 4
const MOST_COLUMNS = 8

export function CompareView({ initial, missing, choice }: { initial: LiveRun[]; missing: number; choice: RunView[] }) {
  const router = useRouter()
  const [runs, setRuns] = useState<LiveRun[]>(initial)
  const [artifacts, setArtifacts] = useState(0)
  const [choosing, setChoosing] = useState(false)
  // A change of the chosen runs is a new address, hence new first data for the same component.
  useEffect(() => setRuns(initial), [initial])

  const live = initial.filter(({ run }) => !isEnded(run.status)).map(({ run }) => run)
  const onEvents = useCallback((events: StreamEvent[]) => {
    setRuns((before) => applyEvents(before, events))
    const stored = events.filter((event) => event.type === 'artifact').length
    if (stored > 0) setArtifacts((count) => count + stored)
  }, [])
  const connection = useStream(
    live.length === 0 ? null : { of: `runs=${live.map((run) => run.run_id).join(',')}`, cursor: cursorOf(live) },
    onEvents,
  )

  const columns = useColumns(runs)
  const unlike = columns.filter((column) => column.unlike !== null)
  const [picked, setPicked] = useState<readonly string[] | null>(null)
  const maskRuns = useMemo(() => {
    if (picked !== null) return columns.filter((column) => picked.includes(column.runId)).slice(0, MOST_COLUMNS)
    // Those that have something to show on these images; where none has, the first say why.
    const telling = columns.filter((column) => column.unlike === null && column.epoch > 0)
    return (telling.length > 0 ? telling : columns).slice(0, FIRST_COLUMNS)
  }, [columns, picked])

  const remove = (id: string): void => {
    const left = runs.filter(({ run }) => run.run_id !== id).map(({ run }) => run.run_id)
    router.replace(`/compare?runs=${left.join(',')}`, { scroll: false })
  }
  const toggleColumn = (id: string): void =>
    setPicked(() => {
      const now = maskRuns.map((run) => run.runId)
      return now.includes(id) ? now.filter((one) => one !== id) : [...now, id]
    })

  const datasets = [...new Set(runs.map(({ run }) => run.dataset ?? 'no dataset'))]
  const title = runs.length === 1 ? (runs[0]?.run.name ?? 'Compare') : `Compare ${plural(runs.length, 'run')}`
  return (
    <>
      <PageHeader
        crumbs={[{ label: 'Compare', href: '/compare' }, { label: title }]}
        title={title}
        badges={runs.some(({ run }) => run.dataset_synthetic) && <SyntheticBadge />}
        description={`On ${datasets.join(', ')}. Metrics are of the validation side; the test set stays sealed.`}
        actions={
          <>
            <ConnectionNote connection={live.length === 0 ? 'open' : connection} live={runs.some(({ run }) => !isEnded(run.status))} />
            <Dialog open={choosing} onOpenChange={setChoosing}>
              <DialogTrigger asChild>
                <Button>
                  <Plus aria-hidden />
                  Add runs
                </Button>
              </DialogTrigger>
              <DialogContent title="Choose what to compare" className="max-w-4xl">
                <RunChooser
                  key={columns.map((column) => column.runId).join()}
                  runs={choice}
                  chosen={runs.map(({ run }) => run.run_id)}
                  onChosen={() => setChoosing(false)}
                />
              </DialogContent>
            </Dialog>
          </>
        }
      />
      <div className="flex flex-col gap-6">
        {missing > 0 && (
          <Callout tone="warning" title={`${plural(missing, 'run')} of this link ${missing === 1 ? 'is' : 'are'} not shown`}>
            Deleted, never there, or beyond the hundred that are compared at once.
          </Callout>
        )}
        {unlike.length > 0 && (
          <Callout tone="warning" title="Not comparable">
            {unlike.map((column) => (
              <p key={column.runId}>
                <b className="font-semibold">{column.name}</b> was {column.unlike}.
              </p>
            ))}
            <p>Their figures are grey and win nothing: a difference may come from the images alone.</p>
          </Callout>
        )}
        <Card className="overflow-hidden">
          <CompareTable runs={runs.map(({ run }) => run)} columns={columns} onRemove={remove} />
        </Card>
        <section aria-labelledby="curves">
          <h2 id="curves" className="mb-2.5 text-base font-semibold">
            Curves
          </h2>
          <CompareCurves runs={runs} unlike={unlike.map((column) => column.runId).join()} />
        </section>
        <section aria-labelledby="masks">
          <div className="mb-2.5 flex flex-wrap items-center gap-x-5 gap-y-2">
            <h2 id="masks" className="text-base font-semibold">
              Masks
            </h2>
            {columns.length > 1 && (
              <fieldset className="flex flex-wrap items-center gap-x-4 gap-y-1 text-[13px]">
                <legend className="sr-only">Runs shown in the grid, at most {MOST_COLUMNS}</legend>
                {columns.slice(0, 24).map((column) => {
                  const on = maskRuns.some((run) => run.runId === column.runId)
                  return (
                    <label key={column.runId} className="flex min-h-6 items-center gap-1.5">
                      <Checkbox
                        checked={on}
                        disabled={(!on && maskRuns.length >= MOST_COLUMNS) || (on && maskRuns.length === 1)}
                        onCheckedChange={() => toggleColumn(column.runId)}
                      />
                      <span className="size-2 rounded-full" style={{ background: column.colour }} aria-hidden />
                      <span className="max-w-44 truncate">{column.name}</span>
                    </label>
                  )
                })}
              </fieldset>
            )}
          </div>
          <MaskGrid runs={maskRuns} refresh={artifacts} />
        </section>
      </div>
    </>
  )
}

/** Columns of the table and the grid: the same array until a name, a state or an epoch changes, not anew with every point. */
function useColumns(runs: readonly LiveRun[]): readonly GridRun[] {
  const first = runs[0]?.run
  const columns = first === undefined ? [] : runs.map(({ run }, i) => toGridRun(run, first, curveStyle(i).colour))
  const written = JSON.stringify(columns)
  return useMemo(() => JSON.parse(written) as GridRun[], [written])
}
