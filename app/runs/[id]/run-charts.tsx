'use client'

import { HelpTip } from '@/app/components/ui/tooltip.tsx'
import { METRIC_HELP, metricLabel } from '@/app/lib/format.ts'
import type { RunView } from '@/core/contracts/views.ts'
import { type Series, SeriesChart } from './series-chart.tsx'

/** The run's curves. Those of epochs share one crosshair. */
export function RunCharts({ run, series, baseline }: { run: RunView; series: Series; baseline: Record<string, number> | null }) {
  const epochs = { group: `run-${run.run_id}`, xMax: run.epochs_total > 1 ? run.epochs_total : undefined, series }
  const time = { from: run.started_at ?? run.created_at, series }
  const help = (key: string) => <HelpTip label={metricLabel(key)}>{METRIC_HELP[key]}</HelpTip>
  const strata = Object.keys(series).filter((key) => key.startsWith('val/dice@'))
  return (
    <section aria-labelledby="curves" className="grid gap-4 md:grid-cols-2 2xl:grid-cols-3">
      <h2 id="curves" className="sr-only">
        Curves
      </h2>
      <SeriesChart
        title="Dice"
        help={help('val/dice')}
        {...epochs}
        digits={4}
        baseline={baseline?.['val/dice']}
        curves={[['val/dice', 'validation']]}
      />
      <SeriesChart
        title="Loss"
        {...epochs}
        digits={4}
        curves={[
          ['val/loss', 'validation'],
          ['train/loss', 'training'],
        ]}
      />
      <SeriesChart
        title="Nuclei found"
        help={help('val/ap50')}
        {...epochs}
        digits={3}
        baseline={baseline?.['val/ap50']}
        curves={[
          ['val/ap50', 'AP50'],
          ['val/map', 'mAP'],
        ]}
      />
      <SeriesChart
        title="Accuracy"
        help={help('val/accuracy')}
        {...epochs}
        digits={4}
        curves={[
          ['val/accuracy', 'validation'],
          ['train/accuracy', 'training'],
        ]}
      />
      {strata.length > 1 && (
        <SeriesChart title="Dice by stratum" {...epochs} curves={strata.map((key) => [key, key.split('@')[1] ?? key])} />
      )}
      <SeriesChart title="Batch loss" x="step" series={series} digits={4} curves={[['train/batch_loss', 'training, each batch']]} />
      <SeriesChart title="Learning rate" {...epochs} curves={[['train/learning_rate', 'at the end of each epoch']]} />
      <SeriesChart
        title="Processor"
        x="time"
        {...time}
        unit="%"
        curves={present(series, [
          ['system/cpu_percent', 'CPU'],
          ['system/gpu_percent', 'GPU'],
        ])}
      />
      <SeriesChart
        title="Memory"
        x="time"
        {...time}
        unit="MB"
        curves={present(series, [
          ['system/rss_mb', 'process'],
          ['system/gpu_memory_mb', 'GPU'],
        ])}
      />
    </section>
  )
}

/** The first curve always; the others where the machine has what they measure. */
const present = (series: Series, curves: readonly [string, string][]): [string, string][] =>
  curves.filter(([key], i) => i === 0 || series[key] !== undefined)
