'use client'

import { useCallback, useMemo, useState } from 'react'
import { PanelMasks } from '@/app/components/masks/panel-masks.tsx'
import { Callout } from '@/app/components/ui/callout.tsx'
import { ConnectionNote } from '@/app/components/ui/connection-note.tsx'
import { Tabs, TabsContent, TabsList, TabsTrigger } from '@/app/components/ui/tabs.tsx'
import { cursorOf, useStream } from '@/app/lib/live.ts'
import { applyEvents, type LiveRun } from '@/app/lib/live-state.ts'
import { isEnded, type PointView, type RunView, type StreamEvent } from '@/core/contracts/views.ts'
import { FilesTab } from './files-tab.tsx'
import { ImagesTab } from './images-tab.tsx'
import { LogTab } from './log-tab.tsx'
import { ParametersTab } from './parameters-tab.tsx'
import { RunCharts } from './run-charts.tsx'
import { RunDetails } from './run-details.tsx'
import { RunHeader } from './run-header.tsx'
import { RunProgress } from './run-progress.tsx'
import { TestScores } from './test-scores.tsx'
import { TunedPostprocessCard } from './tuned-postprocess-card.tsx'

const TABS = ['overview', 'images', 'parameters', 'files', 'log'] as const
type Tab = (typeof TABS)[number]
const isTab = (value: string): value is Tab => (TABS as readonly string[]).includes(value)

export interface RunPageProps {
  initialRun: RunView
  initialSeries: Record<string, readonly PointView[]>
  /** What the run's best epoch is chosen by. */
  metric: string
  limitImages: number | null
  baseline: Record<string, number> | null
  initialTab: string
  now: number
}

/** One run, live: everything below shares one connection. */
export function RunPage({ initialRun, initialSeries, metric, limitImages, baseline, initialTab, now }: RunPageProps) {
  const [live, setLive] = useState<LiveRun>({ run: initialRun, series: initialSeries })
  const [artifacts, setArtifacts] = useState(0)
  const [reveals, setReveals] = useState(0)
  const [newLines, setNewLines] = useState<readonly string[]>([])
  const [tab, setTab] = useState<Tab>(isTab(initialTab) ? initialTab : 'overview')
  const { run, series } = live
  const ended = isEnded(run.status)
  const id = run.run_id

  // Runs of other clients have no end that we would hear of; those are live as long as they say so.
  const stream = useMemo(() => (isEnded(initialRun.status) ? null : { of: `runs=${id}`, cursor: cursorOf([initialRun]) }), [id, initialRun])
  const connection = useStream(stream, (events: StreamEvent[]) => {
    setLive((before) => applyEvents([before], events)[0] ?? before)
    const files = events.filter((event) => event.type === 'artifact').length
    if (files > 0) setArtifacts((count) => count + files)
    const lines = events.flatMap((event) => (event.type === 'log' ? event.lines : []))
    if (lines.length > 0) setNewLines((before) => [...before, ...lines].slice(-5000))
  })

  const patchRun = useCallback((change: Partial<RunView>) => setLive((before) => ({ ...before, run: { ...before.run, ...change } })), [])
  const selectTab = (next: string) => {
    if (!isTab(next)) return
    setTab(next)
    const url = new URL(window.location.href)
    if (next === 'overview') url.searchParams.delete('tab')
    else url.searchParams.set('tab', next)
    window.history.replaceState(window.history.state, '', url)
  }

  return (
    <>
      <RunHeader
        run={run}
        limitImages={limitImages}
        onChange={patchRun}
        onReveal={() => setReveals((count) => count + 1)}
        note={<ConnectionNote connection={connection} live={!ended} />}
      />
      {run.lifecycle_stage === 'deleted' && (
        <Callout tone="warning" className="mb-4" title="This run is deleted">
          It can be restored until its files are removed, 30 days after the deletion.
        </Callout>
      )}
      {run.status === 'failed' && (
        <Callout tone="error" className="mb-4" title="This run failed">
          <p className="font-mono text-xs whitespace-pre-wrap">
            {run.message === '' ? 'No reason was given: the log has the last lines.' : run.message}
          </p>
        </Callout>
      )}
      <Tabs value={tab} onValueChange={selectTab}>
        <TabsList aria-label="Parts of the run">
          <TabsTrigger value="overview">Overview</TabsTrigger>
          <TabsTrigger value="images">Images</TabsTrigger>
          <TabsTrigger value="parameters">Parameters</TabsTrigger>
          <TabsTrigger value="files">Files</TabsTrigger>
          <TabsTrigger value="log">Log</TabsTrigger>
        </TabsList>
        <TabsContent value="overview" className="flex flex-col gap-4">
          <RunProgress run={run} series={series} metric={metric} baseline={baseline} now={now} />
          {run.split_id !== null && <TestScores run={run} refresh={reveals} />}
          <RunCharts run={run} series={series} baseline={baseline} />
          <section aria-label="Validation masks" className="rounded-lg border border-border bg-card p-4 shadow-card">
            <h2 className="mb-3 text-sm font-semibold">Validation masks</h2>
            <PanelMasks runIds={[id]} liveRunIds={ended ? [] : [id]} refresh={artifacts} />
          </section>
          <RunDetails run={run} />
        </TabsContent>
        <TabsContent value="images">
          <ImagesTab runId={id} bestEpoch={run.best_epoch} epoch={run.epoch} />
        </TabsContent>
        <TabsContent value="parameters" className="flex flex-col gap-4">
          <ParametersTab params={run.params} />
          {run.source === 'karyon' && ended && <TunedPostprocessCard runId={id} />}
        </TabsContent>
        <TabsContent value="files">
          <FilesTab runId={id} refresh={artifacts} />
        </TabsContent>
        <TabsContent value="log">
          <LogTab runId={id} newLines={newLines} live={!ended} />
        </TabsContent>
      </Tabs>
    </>
  )
}
