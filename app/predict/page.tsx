import { ScanSearch } from 'lucide-react'
import { type Metadata } from 'next'
import Link from 'next/link'
import { Button } from '@/app/components/ui/button.tsx'
import { EmptyState } from '@/app/components/ui/empty-state.tsx'
import { Page, PageHeader } from '@/app/components/ui/page-header.tsx'
import type { ModelView } from '@/core/contracts/views.ts'
import { listDatasets } from '@/core/datasets/get-dataset.ts'
import { listImages } from '@/core/datasets/list-images.ts'
import { listModels } from '@/model-registry/list-models.ts'
import { PredictView, type Sample } from './predict-view.tsx'

export const metadata: Metadata = { title: 'Predict' }

type Props = { searchParams: Promise<{ model?: string | string[] }> }

const SAMPLES = 8

export default async function PredictPage({ searchParams }: Props) {
  const { model } = await searchParams
  const models = (await listModels()).filter((one) => one.versions.length > 0)
  return (
    <Page wide>
      <PageHeader
        title="Predict"
        description="Segment an image of your own with a registered model. It is sent to the model server, and not kept."
      />
      {models.length === 0 ? (
        <EmptyState
          icon={ScanSearch}
          title="There is no model to predict with yet"
          action={
            <Button asChild variant="primary">
              <Link href="/runs">Choose a run to promote</Link>
            </Button>
          }
        >
          Promote a run first: a version is registered with everything that it needs, and the model server answers with the champion.
        </EmptyState>
      ) : (
        <PredictView models={models} wanted={typeof model === 'string' ? model : null} samples={await samplesOf(models)} />
      )}
    </Page>
  )
}

/** Images that no run was trained or chosen on, of the datasets that the models were trained on. */
async function samplesOf(models: readonly ModelView[]): Promise<Sample[]> {
  const trainedOn = new Set(models.flatMap((model) => model.versions.map((version) => version.spec.dataset.name)))
  const datasets = (await listDatasets()).filter((dataset) => trainedOn.has(dataset.name)).slice(0, 3)
  const lists = await Promise.all(
    datasets.map(async ({ latest }) => {
      const { images } = await listImages(latest.dataset_version_id, { splitId: latest.splits[0]?.split_id, side: 'test', limit: 200 })
      // Spread over the side, so that all its strata have a chance.
      const step = Math.max(1, Math.floor(images.length / SAMPLES))
      return images
        .filter((_, i) => i % step === 0)
        .slice(0, SAMPLES)
        .map((image) => ({
          imageId: image.image_id,
          name: image.name,
          dataset: latest.ref,
          stratum: image.stratum,
          truthCount: image.object_count,
        }))
    }),
  )
  return lists.flat()
}
