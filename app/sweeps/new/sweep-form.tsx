'use client'

import { CodeXml, Rows3 } from 'lucide-react'
import { useRouter } from 'next/navigation'
import { type FormEvent, useState } from 'react'
import { Button } from '@/app/components/ui/button.tsx'
import { Callout } from '@/app/components/ui/callout.tsx'
import { Card, CardHeader, CardTitle } from '@/app/components/ui/card.tsx'
import { FieldError } from '@/app/components/ui/field.tsx'
import { Tabs, TabsContent, TabsList, TabsTrigger } from '@/app/components/ui/tabs.tsx'
import { ApiError, callApi, errorMessage } from '@/app/lib/client-api.ts'
import { plural } from '@/app/lib/format.ts'
import { RUN_PARAMETER_INFO } from '@/core/contracts/run-parameters.ts'
import { type SweepSpec } from '@/core/contracts/sweep-spec.ts'
import { type SweepView } from '@/core/contracts/views.ts'
import { EstimateRail, fieldErrors, useEstimate } from './estimate-rail.tsx'
import { type FormDataset } from './form-dataset.ts'
import { ParameterTable } from './parameter-table.tsx'
import { SearchFields } from './search-fields.tsx'
import { StartingCards } from './starting-cards.tsx'
import { startingPoints, type StartingPoint } from './starting-points.ts'
import { useSweepForm } from './use-sweep-form.ts'
import { YamlEditor } from './yaml-editor.tsx'

export interface SweepFormProps {
  datasets: readonly FormDataset[]
  experiments: readonly string[]
  clone: SweepSpec | null
  wantedDataset: string | null
  /** Of the trainers that are there. */
  device: 'cpu' | 'gpu'
}

/** Paths that have a place of their own in the form; anything else that is wrong is listed above it. */
const OWN_PLACE = new Set([
  'name',
  'experiment',
  'dataset',
  'split_seed',
  'limit_images',
  'method',
  'metric',
  'run_cap',
  'seed',
  'early_terminate',
])
const PARAMETERS = new Set<string>(RUN_PARAMETER_INFO.map((info) => info.name))
function hasPlace(field: string): boolean {
  const [top = '', parameter = ''] = field.split('.')
  return OWN_PLACE.has(top) || (top === 'parameters' && PARAMETERS.has(parameter))
}

export function SweepForm({ datasets, experiments, clone, wantedDataset, device }: SweepFormProps) {
  const points = startingPoints(device)
  const router = useRouter()
  const firstDataset = wantedDataset ?? datasets[0]?.name ?? ''
  const form = useSweepForm(
    clone !== null ? { ...clone, name: `${clone.name} (copy)` } : { ...points[0]?.spec, experiment: 'Default', dataset: firstDataset },
  )
  const [start, setStart] = useState<string | null>(clone === null ? (points[0]?.id ?? null) : null)
  const [busy, setBusy] = useState(false)
  const [refusal, setRefusal] = useState<string>()
  // A name that nobody has typed yet is not scolded for being empty.
  const [asked, setAsked] = useState(false)
  const estimate = useEstimate(form.spec, form.valid, form.setServerErrors)
  const { draft } = form

  const begin = (point: StartingPoint) => {
    setStart(point.id)
    form.replace({
      ...point.spec,
      experiment: draft.experiment,
      dataset: draft.dataset,
      ...(draft.split_seed === '0' ? {} : { split_seed: Number(draft.split_seed) }),
    })
  }
  const submit = async (event: FormEvent) => {
    event.preventDefault()
    setAsked(true)
    setRefusal(undefined)
    if (!form.valid) return
    setBusy(true)
    try {
      const sweep = await callApi<SweepView>('sweeps', { body: form.spec })
      router.push(`/sweeps/${sweep.sweep_id}`)
    } catch (thrown) {
      if (thrown instanceof ApiError) form.setServerErrors(fieldErrors(thrown))
      setRefusal(errorMessage(thrown))
      setBusy(false)
    }
  }

  const errors = asked
    ? form.errors
    : Object.fromEntries(Object.entries(form.errors).filter(([field]) => field !== 'name' || draft.name !== ''))
  const elsewhere = Object.entries(errors).filter(([field]) => !hasPlace(field))
  const wrong = Object.keys(errors).length + (form.yamlError === null ? 0 : 1)
  return (
    <form onSubmit={(event) => void submit(event)} noValidate className="grid items-start gap-5 xl:grid-cols-[minmax(0,1fr)_19rem]">
      <div className="flex min-w-0 flex-col gap-5">
        <StartingCards points={points} chosen={start} onChoose={begin} />
        <Tabs defaultValue="form">
          <TabsList aria-label="How to write the sweep">
            <TabsTrigger value="form">
              <Rows3 className="size-4" aria-hidden /> Form
            </TabsTrigger>
            <TabsTrigger value="yaml">
              <CodeXml className="size-4" aria-hidden /> YAML
            </TabsTrigger>
          </TabsList>
          <TabsContent value="form" className="flex flex-col gap-5">
            {form.yamlError !== null && (
              <Callout tone="warning" title={`The YAML cannot be read at line ${form.yamlError.line}`}>
                The form shows what it said before. An edit here writes the text anew.
              </Callout>
            )}
            {elsewhere.length > 0 && (
              <Callout tone="error" title="The file says what the form cannot show">
                <ul className="list-disc pl-4">
                  {elsewhere.map(([field, message]) => (
                    <li key={field}>
                      {field === '' ? '' : <code className="font-mono text-xs">{field}</code>} {message}
                    </li>
                  ))}
                </ul>
              </Callout>
            )}
            <SearchFields draft={draft} errors={errors} datasets={datasets} experiments={experiments} edit={form.edit} />
            <ParameterTable draft={draft} errors={errors} edit={form.edit} />
          </TabsContent>
          <TabsContent value="yaml">
            <YamlEditor text={form.yaml} error={form.yamlError} fields={errors} onChange={form.editYaml} />
          </TabsContent>
        </Tabs>
      </div>
      <Card className="xl:sticky xl:top-5">
        <CardHeader>
          <CardTitle>What it takes</CardTitle>
        </CardHeader>
        <div className="px-4 pb-4">
          <EstimateRail state={estimate} valid={form.valid} />
          <Button type="submit" variant="primary" size="lg" className="mt-2 w-full" busy={busy}>
            Start sweep
          </Button>
          <div className="mt-2 min-h-5">
            {refusal !== undefined ? (
              <FieldError>{refusal}</FieldError>
            ) : (
              asked && wrong > 0 && <FieldError>{plural(wrong, 'thing')} to correct first.</FieldError>
            )}
          </div>
        </div>
      </Card>
    </form>
  )
}
