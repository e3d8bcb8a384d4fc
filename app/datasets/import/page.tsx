import { type Metadata } from 'next'
import { ImportProgress } from '@/app/components/jobs/import-progress.tsx'
import { Page, PageHeader } from '@/app/components/ui/page-header.tsx'
import { listDatasets } from '@/core/datasets/get-dataset.ts'
import { ImportForm } from './import-form.tsx'
import { LayoutGuide } from './layout-guide.tsx'

export const metadata: Metadata = { title: 'Import images' }

type Props = { searchParams: Promise<{ preset?: string | string[]; job?: string | string[] }> }

export default async function ImportPage({ searchParams }: Props) {
  const { preset, job } = await searchParams
  const crumbs = [{ label: 'Datasets', href: '/datasets' }, { label: 'Import' }]
  if (typeof job === 'string' && /^[0-9a-f]{32}$/.test(job)) {
    return (
      <Page>
        <PageHeader crumbs={crumbs} title="Import" description="You may leave this page: the import goes on." />
        <ImportProgress jobId={job} />
      </Page>
    )
  }
  const names = (await listDatasets()).map((dataset) => dataset.name)
  return (
    <Page>
      <PageHeader
        crumbs={crumbs}
        title="Import images"
        description="Every file is checked before anything is kept; a dataset with errors is not half imported."
      />
      <div className="grid gap-8 lg:grid-cols-[minmax(0,1fr)_minmax(0,26rem)]">
        <ImportForm preset={preset === 'bowl' ? 'bowl' : null} names={names} />
        <LayoutGuide />
      </div>
    </Page>
  )
}
