import { type Metadata } from 'next'
import { notFound } from 'next/navigation'
import { Page } from '@/app/components/ui/page-header.tsx'
import { baselineSummary } from '@/core/datasets/baseline-summary.ts'
import { AppError } from '@/core/errors.ts'
import { queryMetrics } from '@/core/metrics/query-metrics.ts'
import { getRun } from '@/core/runs/get-run.ts'
import { getSweep } from '@/core/sweeps/get-sweep.ts'
import { type RunView } from '@/core/contracts/views.ts'
import { RunPage } from './run-page.tsx'

type Props = { params: Promise<{ id: string }>; searchParams: Promise<{ tab?: string | string[] }> }

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  return { title: (await findRun((await params).id)).name }
}

export default async function Run({ params, searchParams }: Props) {
  const { id } = await params
  const { tab } = await searchParams
  // The run first: its seq is where the stream begins, so what is written while the curves are read comes again, not never.
  const run = await findRun(id)
  const sweep = run.sweep_id === null ? null : await getSweep(run.sweep_id)
  const [series, baseline] = await Promise.all([
    queryMetrics({ runs: [id] }),
    run.split_id === null ? null : baselineSummary(run.split_id, 'val', sweep?.spec.limit_images),
  ])
  return (
    <Page wide>
      <RunPage
        initialRun={run}
        initialSeries={Object.fromEntries(series.map((s) => [s.key, s.points]))}
        metric={sweep?.metric.name ?? 'val/dice'}
        limitImages={sweep?.spec.limit_images ?? null}
        baseline={baseline}
        initialTab={typeof tab === 'string' ? tab : 'overview'}
        now={Date.now()}
      />
    </Page>
  )
}

/** The run, or the page that says there is none (any more). */
async function findRun(id: string): Promise<RunView> {
  try {
    return await getRun(id)
  } catch (thrown) {
    if (thrown instanceof AppError && (thrown.code === 'RESOURCE_DOES_NOT_EXIST' || thrown.code === 'INVALID_PARAMETER_VALUE')) notFound()
    throw thrown
  }
}
