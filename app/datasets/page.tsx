import { Images, Upload } from 'lucide-react'
import { type Metadata } from 'next'
import Link from 'next/link'
import { ImportProgress } from '@/app/components/jobs/import-progress.tsx'
import { Badge, SyntheticBadge } from '@/app/components/ui/badge.tsx'
import { Button } from '@/app/components/ui/button.tsx'
import { Card } from '@/app/components/ui/card.tsx'
import { EmptyState } from '@/app/components/ui/empty-state.tsx'
import { Page, PageHeader } from '@/app/components/ui/page-header.tsx'
import { Ago } from '@/app/components/ui/time.tsx'
import { formatCount, formatNumber, plural } from '@/app/lib/format.ts'
import type { DatasetImageView, DatasetView } from '@/core/contracts/views.ts'
import { listDatasets } from '@/core/datasets/get-dataset.ts'
import { listImages } from '@/core/datasets/list-images.ts'
import { listJobs } from '@/core/jobs/get-job.ts'
import { DatasetStats } from './dataset-stats.tsx'

export const metadata: Metadata = { title: 'Datasets' }

const THUMBNAILS = 4

export default async function DatasetsPage() {
  const [datasets, jobs] = await Promise.all([listDatasets(), listJobs({ limit: 50 })])
  const importing = jobs.filter(
    (job) => (job.kind === 'import' || job.kind === 'synthetic') && (job.status === 'queued' || job.status === 'running'),
  )
  const thumbnails = await Promise.all(datasets.map((dataset) => firstImages(dataset)))
  const now = Date.now()
  return (
    <Page>
      <PageHeader
        title="Datasets"
        description="Images with their true nuclei, split by field so that no field is trained on and validated on."
        actions={
          <Button asChild variant="primary">
            <Link href="/datasets/import">
              <Upload aria-hidden />
              Import images
            </Link>
          </Button>
        }
      />
      <div className="flex flex-col gap-4">
        {importing.map((job) => (
          <ImportProgress key={job.job_id} jobId={job.job_id} initial={job} compact />
        ))}
        {datasets.length === 0 && importing.length === 0 && (
          <EmptyState
            icon={Images}
            title="No dataset yet"
            action={
              <>
                <Button asChild variant="primary">
                  <Link href="/datasets/import">Import my images</Link>
                </Button>
                <Button asChild>
                  <Link href="/datasets/import?preset=bowl">Bowl nuclei</Link>
                </Button>
              </>
            }
          >
            A zip or a folder of images with masks is enough. Karyon recognises the usual layouts, checks every file, and keeps tiles of one
            field on one side of the split.
          </EmptyState>
        )}
        <ul className="grid gap-4 md:grid-cols-2 xl:grid-cols-3">
          {datasets.map((dataset, i) => (
            <li key={dataset.name}>
              <DatasetCard dataset={dataset} images={thumbnails[i] ?? []} now={now} />
            </li>
          ))}
        </ul>
      </div>
    </Page>
  )
}

/** The panel's first images: they are from distinct fields and strata, hence show what a dataset holds. */
async function firstImages(dataset: DatasetView): Promise<DatasetImageView[]> {
  const split = dataset.latest.splits[0]?.split_id
  const { images } = await listImages(dataset.latest.dataset_version_id, {
    splitId: split,
    side: split === undefined ? undefined : 'val',
    limit: 200,
    offset: 0,
  })
  return images.sort((a, b) => (a.panel_rank ?? 1e6) - (b.panel_rank ?? 1e6)).slice(0, THUMBNAILS)
}

function DatasetCard({ dataset, images, now }: { dataset: DatasetView; images: readonly DatasetImageView[]; now: number }) {
  const { latest } = dataset
  const split = latest.splits[0]
  const dice = split?.baseline['val/dice']
  return (
    <Card className="group relative flex h-full flex-col overflow-hidden transition-shadow focus-within:ring-2 focus-within:ring-ring hover:shadow-popover">
      <div className="grid grid-cols-4 gap-px bg-neutral-900" aria-hidden>
        {Array.from({ length: THUMBNAILS }, (_, i) => {
          const image = images[i]
          return image === undefined ? (
            <div key={i} className="aspect-square bg-neutral-900" />
          ) : (
            <img
              key={image.image_id}
              src={`/api/v1/images/${image.image_id}/preview?size=256`}
              alt=""
              loading="lazy"
              className="aspect-square size-full object-cover"
            />
          )
        })}
      </div>
      <div className="flex flex-1 flex-col gap-2 p-4">
        <div className="flex flex-wrap items-center gap-2">
          <h2 className="min-w-0 text-[15px] font-semibold break-words">
            <Link href={`/datasets/${dataset.name}`} className="after:absolute after:inset-0 focus-visible:outline-none">
              {dataset.name}
            </Link>
          </h2>
          <Badge variant="outline">version {latest.version}</Badge>
          {dataset.synthetic && <SyntheticBadge />}
          {latest.derived && <Badge variant="warning">derived masks</Badge>}
        </div>
        <DatasetStats version={latest} />
        <p className="mt-auto flex flex-wrap justify-between gap-x-3 pt-1 text-xs text-muted-foreground">
          <span className="num">
            {dice === undefined ? plural(latest.strata.length, 'stratum', 'strata') : `Otsu baseline: Dice ${formatNumber(dice, 3)}`}
          </span>
          <Ago at={latest.created_at} now={now} />
        </p>
        <span className="sr-only">
          {formatCount(latest.image_count)} images, {formatCount(latest.object_count)} nuclei
        </span>
      </div>
    </Card>
  )
}
