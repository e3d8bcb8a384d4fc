import { GitCompareArrows } from 'lucide-react'
import { type Metadata } from 'next'
import { Callout } from '@/app/components/ui/callout.tsx'
import { Page, PageHeader } from '@/app/components/ui/page-header.tsx'
import { plural } from '@/app/lib/format.ts'
import { isEnded, type RunView } from '@/core/contracts/views.ts'
import { AppError } from '@/core/errors.ts'
import { queryMetrics } from '@/core/metrics/query-metrics.ts'
import { assembleRuns } from '@/core/runs/assemble-runs.ts'
import { searchRuns } from '@/core/runs/search-runs.ts'
import { getLeaderboard } from '@/core/sweeps/leaderboard.ts'
import { CompareView } from './compare-view.tsx'
import { CURVE_KEYS } from './curve-keys.ts'
import { RunChooser } from './run-chooser.tsx'

export const metadata: Metadata = { title: 'Compare runs' }

/** More runs than that are compared by no eye; the runs table is for them. */
const MOST_RUNS = 100
const ID = /^[0-9a-f]{32}$/

type Props = { searchParams: Promise<{ runs?: string | string[]; sweep?: string | string[] }> }

const words = (value: string | string[] | undefined): string[] =>
  [value ?? []]
    .flat()
    .flatMap((part) => part.split(','))
    .filter(Boolean)

export default async function ComparePage({ searchParams }: Props) {
  const { runs: wanted, sweep } = await searchParams
  const asked = [...new Set([...words(wanted), ...(await runsOfSweep(words(sweep)[0]))])]
  const ids = asked.filter((id) => ID.test(id)).slice(0, MOST_RUNS)
  const runs = await assembleRuns(ids, { frequentMetrics: false })
  const missing = asked.length - runs.length
  if (runs.length === 0) {
    return (
      <Page>
        <PageHeader title="Compare runs" description="Curves, parameters and masks of several runs, on the same validation images." />
        {missing > 0 && (
          <Callout
            tone="warning"
            className="mb-4"
            title={`${plural(missing, 'run')} of this link ${missing === 1 ? 'does' : 'do'} not exist`}
          >
            Deleted for good, or never there. Choose others below.
          </Callout>
        )}
        <RunChooser runs={await recentRuns()} icon={<GitCompareArrows className="size-5" aria-hidden />} />
      </Page>
    )
  }
  const series = await queryMetrics({ runs: runs.map((run) => run.run_id), keys: CURVE_KEYS, maxPoints: runs.length > 12 ? 200 : 500 })
  const curves: Record<string, Record<string, (typeof series)[number]['points']>> = {}
  for (const one of series) (curves[one.run_id] ??= {})[one.key] = one.points
  return (
    <Page wide>
      <CompareView initial={runs.map((run) => ({ run, series: curves[run.run_id] ?? {} }))} missing={missing} choice={await recentRuns()} />
    </Page>
  )
}

async function recentRuns(): Promise<RunView[]> {
  const { runs } = await searchRuns({ maxResults: 200, orderBy: ['created_at desc'] })
  // What ended before its first epoch has nothing to set beside another.
  return runs.filter((run) => run.epoch > 0 || !isEnded(run.status)).slice(0, 100)
}

/** A sweep's runs, best first. */
async function runsOfSweep(id: string | undefined): Promise<string[]> {
  if (id === undefined || !ID.test(id)) return []
  try {
    return (await getLeaderboard(id)).rows.map((row) => row.run.run_id)
  } catch (thrown) {
    if (thrown instanceof AppError && thrown.code === 'RESOURCE_DOES_NOT_EXIST') return []
    throw thrown
  }
}
