'use client'

import { useCallback, useEffect, useState } from 'react'
import { jobEnded, useJob } from '@/app/components/jobs/use-job.ts'
import { Callout } from '@/app/components/ui/callout.tsx'
import { Card, CardContent, CardHeader, CardTitle } from '@/app/components/ui/card.tsx'
import { Progress } from '@/app/components/ui/progress.tsx'
import { Table, TableBody, TableHead, TableRow, Td, Th } from '@/app/components/ui/table.tsx'
import { Ago } from '@/app/components/ui/time.tsx'
import { formatNumber, metricLabel, plural } from '@/app/lib/format.ts'
import { useApi } from '@/app/lib/use-api.ts'
import { type JobView, type RunView, type TestRevealView } from '@/core/contracts/views.ts'
import { looksSoFar } from './reveal-test-dialog.tsx'

const METRICS = ['dice', 'iou', 'ap50', 'map'] as const

/** What the run scores on the test side, once that was revealed; how far the scoring is; nothing while it is sealed. */
export function TestScores({ run, refresh }: { run: RunView; refresh: number }) {
  const [ends, setEnds] = useState(0)
  const { data } = useApi<TestRevealView>(`runs/${run.run_id}/reveal-test`, `${refresh} ${ends}`)
  const onEnd = useCallback(() => setEnds((count) => count + 1), [])
  if (data === undefined) return null
  const { scores, job } = data
  const going = job !== null && !jobEnded(job)
  const failed = job?.status === 'failed' ? (job.error?.message ?? 'No reason was given.') : null
  if (scores === null && !going && failed === null) return null
  return (
    <Card data-testid="test-scores">
      <CardHeader>
        <CardTitle>Test side</CardTitle>
        <p className="text-xs text-muted-foreground">{looksSoFar(data.looks, run.dataset)}</p>
      </CardHeader>
      {going && (
        <CardContent>
          <RevealProgress key={job.job_id} initial={job} onEnd={onEnd} />
        </CardContent>
      )}
      {failed !== null && (
        <CardContent>
          <Callout tone="error" title="The test side was not scored">
            {failed}
          </Callout>
        </CardContent>
      )}
      {scores !== null && <Scores scores={scores} />}
    </Card>
  )
}

function Scores({ scores }: { scores: NonNullable<TestRevealView['scores']> }) {
  const rows = [
    { name: scores.epoch === null ? 'This run' : `This run, epoch ${scores.epoch}`, metrics: scores.metrics },
    { name: 'Otsu + watershed', metrics: scores.baseline },
  ]
  return (
    <>
      <Table label="Scores on the test side">
        <TableHead>
          <tr>
            <Th>Scored</Th>
            {METRICS.map((metric) => (
              <Th key={metric} numeric>
                {metricLabel(`val/${metric}`)}
              </Th>
            ))}
          </tr>
        </TableHead>
        <TableBody>
          {rows.map(({ name, metrics }) => (
            <TableRow key={name}>
              <Td>{name}</Td>
              {METRICS.map((metric) => (
                <Td key={metric} numeric>
                  {formatNumber(metrics[`test/${metric}`], 3)}
                </Td>
              ))}
            </TableRow>
          ))}
        </TableBody>
      </Table>
      <CardContent className="text-xs text-muted-foreground">
        {plural(scores.images, 'image')} that nothing was trained, stopped or chosen by; scored <Ago at={scores.scored_at} />.
      </CardContent>
    </>
  )
}

function RevealProgress({ initial, onEnd }: { initial: JobView; onEnd: () => void }) {
  const { job } = useJob(initial.job_id, initial)
  const shown = job ?? initial
  const ended = jobEnded(shown)
  useEffect(() => {
    if (ended) onEnd()
  }, [ended, onEnd])
  return (
    <>
      <Progress
        value={shown.status === 'queued' ? null : shown.progress}
        label="Scoring of the test side"
        valueText={`${Math.round(shown.progress * 100)} %, ${shown.message}`}
      />
      <p className="mt-2 text-[13px] text-muted-foreground">{shown.status === 'queued' ? 'Waiting for a free trainer' : shown.message}</p>
    </>
  )
}
