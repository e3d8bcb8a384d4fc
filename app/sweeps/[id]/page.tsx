import { type Metadata } from 'next'
import { notFound } from 'next/navigation'
import { Page } from '@/app/components/ui/page-header.tsx'
import { AppError } from '@/core/errors.ts'
import { queryMetrics } from '@/core/metrics/query-metrics.ts'
import { getSweep } from '@/core/sweeps/get-sweep.ts'
import { getLeaderboard } from '@/core/sweeps/leaderboard.ts'
import { curveKeys } from './ranking.ts'
import { SweepPage } from './sweep-page.tsx'

type Props = { params: Promise<{ id: string }> }

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  return { title: (await orNotFound(getSweep((await params).id))).name }
}

export default async function Sweep({ params }: Props) {
  const { id } = await params
  const { sweep, baseline, rows, varying } = await orNotFound(getLeaderboard(id))
  const series = await queryMetrics({ runs: rows.map((row) => row.run.run_id), keys: curveKeys(sweep.metric.name), maxPoints: 200 })
  return (
    <Page wide>
      <SweepPage
        initialSweep={sweep}
        initialRuns={rows.map(({ run, best, at_best: values }) => ({
          run,
          readBest: best === null ? undefined : { epoch: best.epoch, values },
          series: Object.fromEntries(series.filter((s) => s.run_id === run.run_id).map((s) => [s.key, s.points])),
        }))}
        baseline={baseline}
        varying={varying}
        now={Date.now()}
      />
    </Page>
  )
}

async function orNotFound<T>(reading: Promise<T>): Promise<T> {
  try {
    return await reading
  } catch (thrown) {
    if (thrown instanceof AppError && (thrown.code === 'RESOURCE_DOES_NOT_EXIST' || thrown.code === 'INVALID_PARAMETER_VALUE')) notFound()
    throw thrown
  }
}
