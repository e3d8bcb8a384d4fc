'use client'

import { Ban, Copy, EllipsisVertical, Eye, GitCompareArrows, Pencil, Rocket, RotateCcw, Square, Trash2 } from 'lucide-react'
import Link from 'next/link'
import { useRouter } from 'next/navigation'
import { type ReactNode, useState } from 'react'
import { toast } from 'sonner'
import { StarButton } from '@/app/components/runs/star-button.tsx'
import { deleteRunsWithUndo, restoreRuns } from '@/app/components/runs/delete-runs.ts'
import { Badge, SyntheticBadge } from '@/app/components/ui/badge.tsx'
import { Button } from '@/app/components/ui/button.tsx'
import { ConfirmDialog } from '@/app/components/ui/dialog.tsx'
import {
  DropdownMenu,
  DropdownMenuContent,
  DropdownMenuItem,
  DropdownMenuSeparator,
  DropdownMenuTrigger,
} from '@/app/components/ui/dropdown-menu.tsx'
import { PageHeader } from '@/app/components/ui/page-header.tsx'
import { StatusBadge } from '@/app/components/ui/status-badge.tsx'
import { callApi, errorMessage } from '@/app/lib/client-api.ts'
import { plural } from '@/app/lib/format.ts'
import { isEnded, type RunView } from '@/core/contracts/views.ts'
import { EditRunDialog } from './edit-run-dialog.tsx'
import { RevealTestDialog } from './reveal-test-dialog.tsx'

export function RunHeader({
  run,
  limitImages,
  onChange,
  onReveal,
  note,
}: {
  run: RunView
  limitImages: number | null
  onChange: (change: Partial<RunView>) => void
  /** The scoring of the test side was asked for. */
  onReveal: () => void
  note: ReactNode
}) {
  const [editing, setEditing] = useState(false)
  const [revealing, setRevealing] = useState(false)
  const ended = isEnded(run.status)
  const crumbs =
    run.sweep_id === null
      ? [{ label: 'Runs', href: '/runs' }, { label: run.name }]
      : [{ label: 'Sweeps', href: '/sweeps' }, { label: run.sweep_name ?? 'Sweep', href: `/sweeps/${run.sweep_id}` }, { label: run.name }]
  return (
    <>
      <PageHeader
        crumbs={crumbs}
        title={
          <span className="flex items-center gap-1">
            <StarButton runId={run.run_id} name={run.name} starred={run.starred} onChange={(starred) => onChange({ starred })} />
            <bdi className="min-w-0">{run.name}</bdi>
          </span>
        }
        badges={
          <>
            <StatusBadge status={run.status} />
            {run.dataset_synthetic && <SyntheticBadge />}
            {limitImages !== null && (
              <Badge variant="warning" title="A quick look: neither training nor validation used all images.">
                at most {plural(limitImages, 'image')}
              </Badge>
            )}
            {note}
          </>
        }
        description={
          run.dataset !== null && (
            <span>
              on{' '}
              <Link
                href={`/datasets/${encodeURIComponent(run.dataset.split('@')[0] ?? run.dataset)}`}
                className="rounded-sm text-foreground underline decoration-border underline-offset-2 hover:decoration-current"
              >
                {run.dataset}
              </Link>
              {run.split_seed !== null && `, split ${run.split_seed}`}
              {run.attempt > 1 && `, attempt ${run.attempt}`}
            </span>
          )
        }
        actions={
          <>
            {!ended && run.source === 'karyon' && <StopButtons run={run} onChange={onChange} />}
            <Button asChild>
              <Link href={`/compare?runs=${run.run_id}`}>
                <GitCompareArrows aria-hidden /> Compare
              </Link>
            </Button>
            {run.best_epoch !== null && run.source === 'karyon' && run.status !== 'cancelled' && (
              <Button asChild variant="primary">
                <Link href={`/promote?run=${run.run_id}`}>
                  <Rocket aria-hidden /> Promote…
                </Link>
              </Button>
            )}
            <MoreMenu run={run} onEdit={() => setEditing(true)} onReveal={() => setRevealing(true)} onChange={onChange} />
          </>
        }
      />
      <EditRunDialog run={run} open={editing} onOpenChange={setEditing} onChange={onChange} />
      <RevealTestDialog run={run} open={revealing} onOpenChange={setRevealing} onReveal={onReveal} />
    </>
  )
}

/** Stop keeps the model so far, Cancel throws it away; each says so. */
function StopButtons({ run, onChange }: { run: RunView; onChange: (change: Partial<RunView>) => void }) {
  const [busy, setBusy] = useState(false)
  const ask = async (request: 'stop' | 'cancel') => {
    setBusy(true)
    try {
      await callApi(`runs/${run.run_id}/${request}`, { method: 'POST' })
      onChange({ request })
    } catch (thrown) {
      toast.error(errorMessage(thrown))
    } finally {
      setBusy(false)
    }
  }
  if (run.request === 'cancel') return <Button busy>Cancelling</Button>
  return (
    <>
      {run.status !== 'queued' && (
        <Button
          busy={busy || run.request === 'stop'}
          onClick={() => void ask('stop')}
          title="Ends after this epoch; the best model so far is kept"
        >
          {run.request !== 'stop' && <Square aria-hidden />}
          {run.request === 'stop' ? 'Stopping' : 'Stop'}
        </Button>
      )}
      <ConfirmDialog
        trigger={
          <Button variant="ghost" disabled={busy}>
            <Ban aria-hidden /> Cancel
          </Button>
        }
        title={`Cancel ${run.name}?`}
        description="It ends at once and counts for nothing: it leaves the leaderboard and cannot be promoted. To keep the best model so far, use Stop."
        confirmLabel="Cancel the run"
        onConfirm={() => ask('cancel')}
      />
    </>
  )
}

/** Only what has ended has a best epoch for good, and what was cancelled counts for nothing. */
const canReveal = (run: RunView): boolean =>
  run.source === 'karyon' && run.split_id !== null && run.best_epoch !== null && isEnded(run.status) && run.status !== 'cancelled'

interface MoreMenuProps {
  run: RunView
  onEdit: () => void
  onReveal: () => void
  onChange: (change: Partial<RunView>) => void
}

function MoreMenu({ run, onEdit, onReveal, onChange }: MoreMenuProps) {
  const router = useRouter()
  const remove = async () => {
    if (await deleteRunsWithUndo([run.run_id], () => router.refresh()))
      router.push(run.sweep_id === null ? '/runs' : `/sweeps/${run.sweep_id}`)
  }
  const restore = async () => {
    if (await restoreRuns([run.run_id])) onChange({ lifecycle_stage: 'active' })
  }
  const copyId = async () => {
    try {
      await navigator.clipboard.writeText(run.run_id)
      toast.success('Run id copied')
    } catch {
      toast.error('The browser did not allow copying.')
    }
  }
  return (
    <DropdownMenu>
      <DropdownMenuTrigger asChild>
        <Button variant="ghost" size="icon" aria-label="More actions">
          <EllipsisVertical aria-hidden />
        </Button>
      </DropdownMenuTrigger>
      <DropdownMenuContent>
        <DropdownMenuItem onSelect={onEdit}>
          <Pencil aria-hidden /> Name, notes and tags
        </DropdownMenuItem>
        <DropdownMenuItem onSelect={() => void copyId()}>
          <Copy aria-hidden /> Copy run id
        </DropdownMenuItem>
        <DropdownMenuItem disabled={!canReveal(run)} onSelect={onReveal}>
          <Eye aria-hidden /> Reveal test…
        </DropdownMenuItem>
        <DropdownMenuSeparator />
        {run.lifecycle_stage === 'deleted' ? (
          <DropdownMenuItem onSelect={() => void restore()}>
            <RotateCcw aria-hidden /> Restore
          </DropdownMenuItem>
        ) : (
          <DropdownMenuItem destructive disabled={!isEnded(run.status)} onSelect={() => void remove()}>
            <Trash2 aria-hidden /> Delete
          </DropdownMenuItem>
        )}
      </DropdownMenuContent>
    </DropdownMenu>
  )
}
