'use client'

import { Ban, Code, CopyPlus, GitCompareArrows, Pause, Play } from 'lucide-react'
import Link from 'next/link'
import { type ReactNode, useState } from 'react'
import { toast } from 'sonner'
import { Badge, SyntheticBadge } from '@/app/components/ui/badge.tsx'
import { Button } from '@/app/components/ui/button.tsx'
import { CopyButton } from '@/app/components/ui/copy-button.tsx'
import { ConfirmDialog, Dialog, DialogContent, DialogTrigger } from '@/app/components/ui/dialog.tsx'
import { PageHeader } from '@/app/components/ui/page-header.tsx'
import { StatusBadge } from '@/app/components/ui/status-badge.tsx'
import { callApi, errorMessage } from '@/app/lib/client-api.ts'
import { metricLabel, plural } from '@/app/lib/format.ts'
import { type SweepView } from '@/core/contracts/views.ts'
import { toDraft, toSpec } from '../new/draft.ts'
import { formatYaml } from '../new/yaml-sync.ts'

/** No more runs fit beside each other on the compare page. */
const MOST_COMPARED = 8

export function SweepHeader({
  sweep,
  onChange,
  selected,
  note,
}: {
  sweep: SweepView
  onChange: (sweep: SweepView) => void
  selected: readonly string[]
  note: ReactNode
}) {
  const [busy, setBusy] = useState(false)
  const open = sweep.state === 'running' || sweep.state === 'paused'
  const ask = async (action: 'pause' | 'resume' | 'cancel') => {
    setBusy(true)
    try {
      onChange(await callApi<SweepView>(`sweeps/${sweep.sweep_id}/${action}`, { method: 'POST' }))
    } catch (thrown) {
      toast.error(errorMessage(thrown))
    } finally {
      setBusy(false)
    }
  }
  const { spec } = sweep
  return (
    <PageHeader
      crumbs={[{ label: 'Sweeps', href: '/sweeps' }, { label: sweep.name }]}
      title={<bdi>{sweep.name}</bdi>}
      badges={
        <>
          <StatusBadge status={sweep.state} />
          {sweep.dataset_synthetic && <SyntheticBadge />}
          {spec.limit_images !== undefined && (
            <Badge variant="warning" title="A quick look: neither training nor validation uses all images.">
              at most {plural(spec.limit_images, 'image')}
            </Badge>
          )}
          {note}
        </>
      }
      description={
        <>
          on{' '}
          <Link
            href={`/datasets/${encodeURIComponent(sweep.dataset.split('@')[0] ?? '')}`}
            className="rounded-sm text-foreground underline decoration-border underline-offset-2 hover:decoration-current"
          >
            {sweep.dataset}
          </Link>
          , split {spec.split_seed}, in {sweep.experiment_name}, by {sweep.metric.goal === 'maximize' ? 'greatest' : 'least'}{' '}
          {metricLabel(sweep.metric.name)}
        </>
      }
      actions={
        <>
          {sweep.state === 'running' && (
            <Button busy={busy} onClick={() => void ask('pause')} title="Runs under way go on; no other is started">
              <Pause aria-hidden /> Pause
            </Button>
          )}
          {sweep.state === 'paused' && (
            <Button busy={busy} variant="primary" onClick={() => void ask('resume')}>
              <Play aria-hidden /> Resume
            </Button>
          )}
          {open && (
            <ConfirmDialog
              trigger={
                <Button variant="ghost" disabled={busy}>
                  <Ban aria-hidden /> Cancel
                </Button>
              }
              title={`Cancel ${sweep.name}?`}
              description="Runs under way and those that wait are cancelled. Runs that have finished stay."
              confirmLabel="Cancel the sweep"
              onConfirm={() => ask('cancel')}
            />
          )}
          <SpecDialog sweep={sweep} />
          <Button asChild>
            <Link href={`/sweeps/new?clone=${sweep.sweep_id}`}>
              <CopyPlus aria-hidden /> Clone
            </Link>
          </Button>
          <CompareButton selected={selected} />
        </>
      }
    />
  )
}

function CompareButton({ selected }: { selected: readonly string[] }) {
  const tooMany = selected.length > MOST_COMPARED
  const label = selected.length === 0 ? 'Compare' : `Compare ${selected.length}`
  if (selected.length === 0 || tooMany) {
    const why = tooMany ? `At most ${MOST_COMPARED} runs fit beside each other` : 'Select runs in the leaderboard first'
    return (
      <Button variant="primary" className="min-w-27" aria-disabled title={why} onClick={() => toast.info(`${why}.`)}>
        <GitCompareArrows aria-hidden /> {label}
      </Button>
    )
  }
  return (
    <Button asChild variant="primary" className="min-w-27">
      <Link href={`/compare?runs=${selected.join(',')}`}>
        <GitCompareArrows aria-hidden /> {label}
      </Link>
    </Button>
  )
}

/** The sweep as its file. */
function SpecDialog({ sweep }: { sweep: SweepView }) {
  const text = formatYaml(toSpec(toDraft(sweep.spec)))
  return (
    <Dialog>
      <DialogTrigger asChild>
        <Button>
          <Code aria-hidden /> YAML
        </Button>
      </DialogTrigger>
      <DialogContent title="The sweep as a file" description="karyon sweep create FILE makes the same sweep again." className="max-w-xl">
        <div className="relative">
          <pre
            tabIndex={0}
            className="max-h-[60vh] overflow-auto rounded-md border border-border bg-muted/60 p-3 font-mono text-xs leading-5"
          >
            {text}
          </pre>
          <div className="absolute top-1.5 right-1.5">
            <CopyButton text={text} label="Copy the file" />
          </div>
        </div>
      </DialogContent>
    </Dialog>
  )
}
