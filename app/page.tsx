import { AllRunning } from './components/home/all-running.tsx'
import { Datasets } from './components/home/datasets.tsx'
import { FirstVisit } from './components/home/first-visit.tsx'
import { Models } from './components/home/models.tsx'
import { Trainers } from './components/home/trainers.tsx'
import { SweepsTable } from './components/sweeps/sweeps-table.tsx'
import { Card, CardContent, CardHeader, CardTitle } from './components/ui/card.tsx'
import { Page, PageHeader } from './components/ui/page-header.tsx'
import { TextLink } from './components/ui/text-link.tsx'
import { listDatasets } from '@/core/datasets/get-dataset.ts'
import { searchRuns } from '@/core/runs/search-runs.ts'
import { listTrainers } from '@/core/runs/trainers.ts'
import { listSweeps } from '@/core/sweeps/list-sweeps.ts'
import { listModels } from '@/model-registry/list-models.ts'

export default async function HomePage() {
  const [datasets, sweeps, active, trainers, models] = await Promise.all([
    listDatasets(),
    listSweeps({ limit: 8 }),
    searchRuns({ filter: "status in ('queued', 'running', 'stopping')", orderBy: ['started_at asc'], maxResults: 12 }),
    listTrainers(),
    listModels(),
  ])
  const now = Date.now()
  if (datasets.length === 0 && sweeps.length === 0) {
    return (
      <Page>
        <FirstVisit trainers={trainers} />
      </Page>
    )
  }
  return (
    <Page wide>
      <PageHeader title="Home" />
      <div className="grid items-start gap-4 xl:grid-cols-[minmax(0,1fr)_22rem]">
        <div className="flex min-w-0 flex-col gap-4">
          <AllRunning runs={active.runs} more={active.nextPageToken !== undefined} />
          <Card>
            <CardHeader>
              <CardTitle>Recent sweeps</CardTitle>
              <TextLink href="/sweeps">All sweeps</TextLink>
            </CardHeader>
            {sweeps.length === 0 ? (
              <CardContent className="text-[13px] text-muted-foreground">
                None yet. <TextLink href="/sweeps/new">Start one</TextLink> on the images you have.
              </CardContent>
            ) : (
              <SweepsTable brief sweeps={sweeps} now={now} />
            )}
          </Card>
        </div>
        <div className="flex min-w-0 flex-col gap-4">
          <Trainers trainers={trainers} now={now} />
          <Models models={models} />
          <Datasets datasets={datasets} />
        </div>
      </div>
    </Page>
  )
}
