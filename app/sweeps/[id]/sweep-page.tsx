'use client'

import { useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { Callout } from '@/app/components/ui/callout.tsx'
import { ConnectionNote } from '@/app/components/ui/connection-note.tsx'
import { callApi } from '@/app/lib/client-api.ts'
import { plural } from '@/app/lib/format.ts'
import { cursorOf, useStream } from '@/app/lib/live.ts'
import { applyEvents } from '@/app/lib/live-state.ts'
import { isEnded, type RunView, type StreamEvent, type SweepView } from '@/core/contracts/views.ts'
import { Leaderboard } from './leaderboard.tsx'
import { rank, type SweepRun, varyingParameters } from './ranking.ts'
import { SweepCurves } from './sweep-curves.tsx'
import { SweepHeader } from './sweep-header.tsx'
import { SweepSummary } from './sweep-summary.tsx'

export interface SweepPageProps {
  initialSweep: SweepView
  initialRuns: readonly SweepRun[]
  baseline: Record<string, number> | null
  varying: readonly string[]
  now: number
}

/** After this long without another change the sweep itself (its state, its best run) is read again. */
const SETTLE_MS = 400
const ASK_AGAIN_MS = 1500

export function SweepPage({ initialSweep, initialRuns, baseline, varying, now }: SweepPageProps) {
  const [sweep, setSweep] = useState(initialSweep)
  const [runs, setRuns] = useState<readonly SweepRun[]>(initialRuns)
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set())
  const [hovered, setHovered] = useState<string | null>(null)
  const id = sweep.sweep_id

  const settle = useRef<ReturnType<typeof setTimeout>>(undefined)
  useEffect(() => () => clearTimeout(settle.current), [])
  const readAgain = useCallback(() => {
    clearTimeout(settle.current)
    settle.current = setTimeout(() => {
      void callApi<{ sweep: SweepView; rows: { run: RunView }[] }>(`sweeps/${id}/leaderboard`).then(
        (answer) => {
          setSweep(answer.sweep)
          // What the page has of a run is newer than any answer; only runs that it does not know yet are taken from it.
          setRuns((before) => {
            const known = new Set(before.map(({ run }) => run.run_id))
            const added = answer.rows.filter(({ run }) => !known.has(run.run_id)).map(({ run }) => ({ run, series: {} }))
            return added.length === 0 ? before : [...before, ...added]
          })
        },
        // The stream goes on; the next change asks again.
        () => undefined,
      )
    }, SETTLE_MS)
  }, [id])

  const stream = useMemo(
    () =>
      ['finished', 'cancelled'].includes(initialSweep.state) && initialRuns.every(({ run }) => isEnded(run.status))
        ? null
        : { of: `sweep=${id}`, cursor: cursorOf(initialRuns.map(({ run }) => run)) },
    [id, initialSweep.state, initialRuns],
  )
  const connection = useStream(stream, (events: StreamEvent[]) => {
    setRuns((before) => applyEvents(before, events))
    if (events.some((event) => event.type === 'run_added' || event.type === 'status')) readAgain()
  })

  // The stream tells of runs. That the sweep itself has ended, or has begun another run, is decided a moment after the last one's end.
  const waiting = sweep.state === 'running' && runs.every(({ run }) => isEnded(run.status))
  useEffect(() => {
    if (!waiting) return
    const timer = setInterval(readAgain, ASK_AGAIN_MS)
    return () => clearInterval(timer)
  }, [waiting, readAgain])

  const rows = useMemo(() => rank(runs, sweep.metric), [runs, sweep.metric])
  const columns = useMemo(() => varyingParameters(runs, varying), [runs, varying])
  const live = !['finished', 'cancelled'].includes(sweep.state) || runs.some(({ run }) => !isEnded(run.status))
  const failed = runs.filter(({ run }) => run.status === 'failed')

  return (
    <>
      <SweepHeader
        sweep={sweep}
        onChange={setSweep}
        selected={[...selected]}
        note={<ConnectionNote connection={connection} live={live} />}
      />
      {failed.length > 0 && (
        <Callout tone="error" className="mb-4" title={`${plural(failed.length, 'run')} failed`}>
          {[...new Set(failed.map(({ run }) => run.message))].slice(0, 3).map((message) => (
            <p key={message} className="line-clamp-2 font-mono text-xs">
              {message === '' ? 'No reason was given.' : message}
            </p>
          ))}
        </Callout>
      )}
      <div className="flex flex-col gap-4">
        <SweepSummary sweep={sweep} rows={rows} baseline={baseline} now={now} />
        <Leaderboard
          sweep={sweep}
          rows={rows}
          varying={columns}
          baseline={baseline}
          selected={selected}
          onSelect={setSelected}
          hovered={hovered}
          onHover={setHovered}
        />
        <SweepCurves sweep={sweep} rows={rows} baseline={baseline} selected={selected} hovered={hovered} onHover={setHovered} />
      </div>
    </>
  )
}
