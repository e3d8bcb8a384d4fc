import { ScanSearch, Trophy } from 'lucide-react'
import { type Metadata } from 'next'
import Link from 'next/link'
import { notFound } from 'next/navigation'
import { Badge } from '@/app/components/ui/badge.tsx'
import { Button } from '@/app/components/ui/button.tsx'
import { Callout } from '@/app/components/ui/callout.tsx'
import { Card, CardContent, CardHeader, CardTitle } from '@/app/components/ui/card.tsx'
import { Page, PageHeader } from '@/app/components/ui/page-header.tsx'
import { RefreshWhile } from '@/app/components/ui/refresh-while.tsx'
import { Stat, StatGrid } from '@/app/components/ui/stat.tsx'
import { formatBytes, formatNumber, NONE } from '@/app/lib/format.ts'
import type { DatasetVersionView, ModelView } from '@/core/contracts/views.ts'
import { getDatasetVersion } from '@/core/datasets/get-dataset.ts'
import { env } from '@/core/env.ts'
import { AppError } from '@/core/errors.ts'
import { listJobs } from '@/core/jobs/get-job.ts'
import { getHistory } from '@/model-registry/history.ts'
import { getModel } from '@/model-registry/list-models.ts'
import { rollbackTarget } from '@/model-registry/rollback.ts'
import { championOf } from '../champion-of.ts'
import { CallIt } from './call-it.tsx'
import { HistoryTimeline } from './history-timeline.tsx'
import { RollbackDialog } from './rollback-dialog.tsx'
import { VersionTable } from './version-table.tsx'

type Props = { params: Promise<{ name: string }> }

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  return { title: decodeURIComponent((await params).name) }
}

export default async function ModelPage({ params }: Props) {
  const model = await findModel(decodeURIComponent((await params).name))
  const champion = championOf(model)
  const newest = model.versions[0]
  const shown = champion ?? newest
  const [events, before, dataset, evaluations] = await Promise.all([
    getHistory(model.name),
    rollbackTarget(model.name),
    shown?.dataset_version_id == null ? null : findVersion(shown.dataset_version_id),
    listJobs({ kind: 'evaluate', limit: 20 }),
  ])
  const looks = dataset?.test_looks ?? null
  const tested = shown?.metrics['test/dice'] !== undefined
  const scoring = evaluations.some((job) => job.status === 'queued' || job.status === 'running')
  return (
    <Page>
      <PageHeader
        crumbs={[{ label: 'Models', href: '/models' }, { label: model.name }]}
        title={model.name}
        badges={
          champion === undefined ? (
            <Badge variant="outline">no champion yet</Badge>
          ) : (
            <Badge variant="primary">
              <Trophy aria-hidden />
              champion: version {champion.version}
            </Badge>
          )
        }
        description={model.description === '' ? undefined : model.description}
        actions={
          <>
            {champion !== undefined && <RollbackDialog name={model.name} from={champion.version} to={before} />}
            <Button asChild variant="primary">
              <Link href={`/predict?model=${encodeURIComponent(model.name)}`}>
                <ScanSearch aria-hidden />
                Try it on an image
              </Link>
            </Button>
          </>
        }
      />
      <RefreshWhile active={scoring} />
      <div className="flex flex-col gap-4">
        {shown !== undefined && (
          <>
            <StatGrid>
              <Stat
                label="Validation Dice"
                value={formatNumber(shown.metrics['val/dice'], 3)}
                detail={`version ${shown.version}, epoch ${shown.epoch ?? NONE}`}
              />
              <Stat
                label="Validation AP50"
                value={formatNumber(shown.metrics['val/ap50'], 3)}
                detail={`mAP ${formatNumber(shown.metrics['val/map'], 3)}`}
              />
              <Stat
                label="Test Dice"
                value={formatNumber(shown.metrics['test/dice'], 3)}
                detail={tested ? `AP50 ${formatNumber(shown.metrics['test/ap50'], 3)}` : scoring ? 'being scored now' : 'not scored'}
              />
              <Stat
                label="Looks at the test side"
                value={looks ?? NONE}
                detail={looks === null ? '' : 'of this dataset version, all counted'}
              />
              <Stat label="Trained on" value={shown.dataset ?? NONE} detail={`size ${formatBytes(shown.size)}`} />
            </StatGrid>
            {looks !== null && looks > 5 && (
              <Callout tone="warning" title={`The test side was looked at ${looks} times`}>
                Each look lets a choice lean on it a little. Read its figures as optimistic, or test on images that nobody has looked at.
              </Callout>
            )}
          </>
        )}
        <VersionTable model={model} now={Date.now()} />
        <div className="grid gap-4 lg:grid-cols-2">
          <Card>
            <CardHeader>
              <CardTitle>History</CardTitle>
            </CardHeader>
            <CardContent>
              <HistoryTimeline events={events} />
            </CardContent>
          </Card>
          <CallIt
            name={model.name}
            origin={`http://${env().host}:${env().port}`}
            token={env().token !== undefined}
            hasChampion={champion !== undefined}
            newest={newest?.version ?? '1'}
          />
        </div>
      </div>
    </Page>
  )
}

async function findModel(name: string): Promise<ModelView> {
  try {
    return await getModel(name)
  } catch (thrown) {
    if (thrown instanceof AppError && thrown.code === 'RESOURCE_DOES_NOT_EXIST') notFound()
    throw thrown
  }
}

/** A version outlives its dataset. */
async function findVersion(id: string): Promise<DatasetVersionView | null> {
  try {
    return await getDatasetVersion(id)
  } catch (thrown) {
    if (thrown instanceof AppError && thrown.code === 'RESOURCE_DOES_NOT_EXIST') return null
    throw thrown
  }
}
