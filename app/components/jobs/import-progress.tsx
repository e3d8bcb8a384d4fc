'use client'

import Link from 'next/link'
import { useState } from 'react'
import { toast } from 'sonner'
import { Button } from '@/app/components/ui/button.tsx'
import { Callout } from '@/app/components/ui/callout.tsx'
import { Card, CardContent, CardHeader, CardTitle } from '@/app/components/ui/card.tsx'
import { Progress } from '@/app/components/ui/progress.tsx'
import { Skeleton } from '@/app/components/ui/skeleton.tsx'
import { StatusBadge } from '@/app/components/ui/status-badge.tsx'
import { callApi, errorMessage } from '@/app/lib/client-api.ts'
import { formatCount, plural } from '@/app/lib/format.ts'
import type { JobView } from '@/core/contracts/views.ts'
import { ProblemTable } from './problem-table.tsx'
import { jobEnded, useJob } from './use-job.ts'

const number = (value: unknown): number => (typeof value === 'number' ? value : 0)
const text = (value: unknown): string => (typeof value === 'string' ? value : '')

/** An import under way, ended or refused; live. */
export function ImportProgress({ jobId, initial, compact = false }: { jobId: string; initial?: JobView; compact?: boolean }) {
  const { job, error, reload } = useJob(jobId, initial ?? null)
  const [cancelling, setCancelling] = useState(false)
  if (job === null) {
    if (error !== null)
      return (
        <Callout tone="error" title="This import cannot be shown">
          {error}
        </Callout>
      )
    return <Skeleton className="h-32" />
  }
  const name = text(job.payload.name)
  const cancel = async (): Promise<void> => {
    setCancelling(true)
    try {
      await callApi(`jobs/${jobId}/cancel`, { method: 'POST' })
      reload()
    } catch (thrown) {
      toast.error(errorMessage(thrown))
    } finally {
      setCancelling(false)
    }
  }
  return (
    <div className="flex flex-col gap-4" data-testid="import-job" data-status={job.status}>
      <Card>
        <CardHeader>
          <CardTitle className="flex min-w-0 items-center gap-2.5">
            <span className="truncate">
              {job.kind === 'synthetic' ? 'Making' : 'Importing'} {name}
            </span>
            <StatusBadge status={job.status} />
          </CardTitle>
          {!jobEnded(job) && (
            <Button size="sm" busy={cancelling} onClick={() => void cancel()}>
              Cancel
            </Button>
          )}
        </CardHeader>
        <CardContent>
          <Progress
            value={job.status === 'queued' ? null : job.progress}
            label={`Import of ${name}`}
            valueText={`${Math.round(job.progress * 100)} %, ${job.message}`}
          />
          <p className="num mt-2 flex min-h-5 justify-between gap-4 text-[13px] text-muted-foreground">
            <span className={job.status === 'queued' ? 'min-w-0' : 'min-w-0 truncate'}>
              {job.status === 'queued' ? job.message || 'Waiting for a free trainer' : job.status === 'failed' ? 'Stopped' : job.message}
            </span>
            <span className="shrink-0">{Math.round(job.progress * 100)} %</span>
          </p>
        </CardContent>
      </Card>
      {error !== null && <Callout tone="warning">{error} Trying again.</Callout>}
      {job.status === 'finished' && <Finished job={job} />}
      {job.status === 'failed' && job.error !== null && <Failed job={job} error={job.error} compact={compact} />}
      {job.status === 'cancelled' && (
        <Callout tone="info" title="Cancelled: nothing was imported" action={<AgainButton compact={compact} />}>
          What had been copied so far was removed.
        </Callout>
      )}
    </div>
  )
}

function AgainButton({ compact }: { compact: boolean }) {
  if (compact) return null
  return (
    <Button asChild size="sm">
      <Link href="/datasets/import">Import again</Link>
    </Button>
  )
}

function Finished({ job }: { job: JobView }) {
  const result = job.result ?? {}
  const dataset = text(result.dataset) || text(job.payload.name)
  const ref = text(result.ref) || dataset
  return (
    <Callout
      tone="success"
      title={result.created === false ? `${ref} is this very dataset already` : `${ref} is ready`}
      action={
        <div className="flex flex-wrap gap-2">
          <Button asChild size="sm">
            <Link href={`/datasets/${dataset}`}>Open dataset</Link>
          </Button>
          <Button asChild size="sm" variant="primary">
            <Link href={`/sweeps/new?dataset=${dataset}`}>New sweep with this</Link>
          </Button>
        </div>
      }
    >
      {result.created === false
        ? 'Its images and masks are the same as those of an earlier import, so no new version was made.'
        : `${plural(number(result.images), 'image')} with ${formatCount(number(result.objects))} nuclei in ${plural(number(result.groups), 'group')}.`}
    </Callout>
  )
}

/** The problems stand in the table; and where an upload was kept meanwhile is nobody's concern. */
function headlineOf(job: JobView, message: string): string {
  const line = message.split('\n')[0] ?? message
  return job.payload.delete_source === true ? line.replace(text(job.payload.path), 'The upload') : line
}

function Failed({ job, error, compact }: { job: JobView; error: NonNullable<JobView['error']>; compact: boolean }) {
  const problems = error.problems ?? []
  return (
    <>
      <Callout
        tone="error"
        title={problems.length === 0 ? 'Nothing was imported' : `Nothing was imported: ${plural(problems.length, 'file')} with errors`}
        action={<AgainButton compact={compact} />}
      >
        <p>{headlineOf(job, error.message)}</p>
        {problems.length > 0 && (
          <p>Correct or remove these files in {job.payload.delete_source === true ? 'the archive' : 'the source'}, then import it again.</p>
        )}
      </Callout>
      {problems.length > 0 && <ProblemTable problems={problems} />}
    </>
  )
}
