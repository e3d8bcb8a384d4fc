import { type Metadata } from 'next'
import { Images } from 'lucide-react'
import Link from 'next/link'
import { Button } from '@/app/components/ui/button.tsx'
import { Callout } from '@/app/components/ui/callout.tsx'
import { EmptyState } from '@/app/components/ui/empty-state.tsx'
import { Page, PageHeader } from '@/app/components/ui/page-header.tsx'
import { listDatasets } from '@/core/datasets/get-dataset.ts'
import { AppError } from '@/core/errors.ts'
import { hasGpu, listTrainers } from '@/core/runs/trainers.ts'
import { getSweep } from '@/core/sweeps/get-sweep.ts'
import { listSweeps } from '@/core/sweeps/list-sweeps.ts'
import { type SweepSpec } from '@/core/contracts/sweep-spec.ts'
import { SweepForm } from './sweep-form.tsx'

export const metadata: Metadata = { title: 'New sweep' }

export default async function NewSweep({ searchParams }: { searchParams: Promise<Record<string, string | string[] | undefined>> }) {
  const { clone, dataset } = await searchParams
  const [datasets, sweeps, trainers, source] = await Promise.all([
    listDatasets(),
    listSweeps({ limit: 200 }),
    listTrainers(),
    typeof clone === 'string' ? findSpec(clone) : null,
  ])
  return (
    <Page>
      <PageHeader
        crumbs={[{ label: 'Sweeps', href: '/sweeps' }, { label: 'New sweep' }]}
        title={source?.spec === undefined ? 'New sweep' : `Clone of ${source.spec.name}`}
        description="Variants of one training on one split of one dataset: what differs between them is what you learn about."
      />
      {source?.missing === true && (
        <Callout tone="warning" className="mb-4" title="The sweep to clone is gone">
          Begin from one of the cards instead.
        </Callout>
      )}
      {datasets.length === 0 ? (
        <EmptyState
          icon={Images}
          title="A sweep needs images"
          action={
            <>
              <Button asChild variant="primary">
                <Link href="/datasets/import">Import images</Link>
              </Button>
              <Button asChild>
                <Link href="/">Try it with synthetic nuclei</Link>
              </Button>
            </>
          }
        >
          Import your own, with their masks, or let Karyon make some to try it out.
        </EmptyState>
      ) : (
        <SweepForm
          datasets={datasets.map(({ latest, versions }) => ({ ...latest, versions: versions.map(({ version }) => version) }))}
          experiments={[...new Set(['Default', ...sweeps.map((sweep) => sweep.experiment_name)])]}
          clone={source?.spec ?? null}
          device={trainers.some((trainer) => trainer.alive && hasGpu(trainer)) ? 'gpu' : 'cpu'}
          wantedDataset={typeof dataset === 'string' ? dataset : null}
        />
      )}
    </Page>
  )
}

async function findSpec(sweepId: string): Promise<{ spec?: SweepSpec; missing: boolean }> {
  try {
    return { spec: (await getSweep(sweepId)).spec, missing: false }
  } catch (thrown) {
    if (thrown instanceof AppError && (thrown.code === 'RESOURCE_DOES_NOT_EXIST' || thrown.code === 'INVALID_PARAMETER_VALUE'))
      return { missing: true }
    throw thrown
  }
}
