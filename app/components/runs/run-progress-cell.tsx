import { isEnded, type RunView } from '@/core/contracts/views.ts'
import { formatDuration } from '@/app/lib/format.ts'
import { Progress } from '../ui/progress.tsx'
import { StatusBadge } from '../ui/status-badge.tsx'

/** Status and, while it trains, how far it is: in a table, at a fixed height. */
export function RunProgressCell({ run }: { run: Pick<RunView, 'status' | 'epoch' | 'epochs_total' | 'eta_seconds' | 'message' | 'name'> }) {
  const training = run.status === 'running' || run.status === 'stopping'
  return (
    <div className="flex h-8 min-w-40 items-center gap-2" title={run.message === '' ? undefined : run.message}>
      <StatusBadge status={run.status} />
      {training ? (
        <div className="min-w-0 flex-1">
          <p className="num truncate text-[11px] leading-4 text-muted-foreground">
            {run.epoch}/{run.epochs_total}
            {run.eta_seconds !== null && ` · ${formatDuration(run.eta_seconds)}`}
          </p>
          <Progress
            value={run.epochs_total === 0 ? null : run.epoch / run.epochs_total}
            label={`Epochs of ${run.name}`}
            valueText={`epoch ${run.epoch} of ${run.epochs_total}`}
            className="h-1"
          />
        </div>
      ) : (
        isEnded(run.status) &&
        run.epochs_total > 0 && (
          <span className="num text-[11px] text-muted-foreground">
            {run.epoch}/{run.epochs_total}
          </span>
        )
      )}
    </div>
  )
}
