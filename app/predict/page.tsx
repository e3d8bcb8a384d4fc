import { ScanSearch } from 'lucide-react'
import { type Metadata } from 'next'
import Link from 'next/link'
import { Button } from '@/app/components/ui/button.tsx'
import { EmptyState } from '@/app/components/ui/empty-state.tsx'
import { Page, PageHeader } from '@/app/components/ui/page-header.tsx'
import { listModels } from '@/model-registry/list-models.ts'
import { PredictView } from './predict-view.tsx'
import { samplesBySplit } from './samples.ts'

export const metadata: Metadata = { title: 'Predict' }

type Props = { searchParams: Promise<{ model?: string | string[] }> }

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
        <PredictView models={models} wanted={typeof model === 'string' ? model : null} samples={await samplesBySplit(models)} />
      )}
    </Page>
  )
}
