'use client'

import { useId } from 'react'
import { SyntheticBadge } from '@/app/components/ui/badge.tsx'
import { Callout } from '@/app/components/ui/callout.tsx'
import { Card, CardContent, CardHeader, CardTitle } from '@/app/components/ui/card.tsx'
import { Switch } from '@/app/components/ui/checkbox.tsx'
import { Field } from '@/app/components/ui/field.tsx'
import { Input, Select } from '@/app/components/ui/input.tsx'
import { formatCount, metricLabel, plural } from '@/app/lib/format.ts'
import { METRICS_TO_SWEEP } from '@/core/contracts/sweep-spec.ts'
import { type SweepDraft } from './draft.ts'
import { type FormDataset } from './form-dataset.ts'
import { errorAt, type FieldErrors } from './validate.ts'

const METHODS = [
  { value: 'grid', label: 'Grid: every combination' },
  { value: 'random', label: 'Random: as many as you like' },
  { value: 'bayes', label: 'Bayes: learns from earlier runs' },
]

/** What is trained on, how the parameters are searched, and by what runs are judged. */
export function SearchFields({
  draft,
  errors,
  datasets,
  experiments,
  edit,
}: {
  draft: SweepDraft
  errors: FieldErrors
  datasets: readonly FormDataset[]
  experiments: readonly string[]
  edit: (change: (draft: SweepDraft) => SweepDraft) => void
}) {
  const list = useId()
  const set = (change: Partial<SweepDraft>) => edit((before) => ({ ...before, ...change }))
  const dataset = datasets.find((one) => one.name === draft.dataset.split('@')[0])
  const listed = datasets.some((one) => one.name === draft.dataset)
  return (
    <Card>
      <CardHeader>
        <CardTitle>Sweep</CardTitle>
        {dataset?.synthetic === true && <SyntheticBadge />}
      </CardHeader>
      <CardContent className="grid gap-x-4 gap-y-4 sm:grid-cols-2 lg:grid-cols-6">
        <Field label="Name" error={errors.name} className="lg:col-span-3">
          <Input
            value={draft.name}
            maxLength={250}
            placeholder="What is being tried"
            onChange={(event) => set({ name: event.target.value })}
          />
        </Field>
        <Field label="Experiment" error={errors.experiment} className="lg:col-span-3">
          <Input list={list} value={draft.experiment} maxLength={250} onChange={(event) => set({ experiment: event.target.value })} />
        </Field>
        <datalist id={list}>
          {experiments.map((name) => (
            <option key={name} value={name} />
          ))}
        </datalist>
        <Field
          label="Dataset"
          error={errors.dataset}
          help={<DatasetHelp dataset={dataset} seed={draft.split_seed} />}
          className="sm:col-span-2 lg:col-span-3"
        >
          <Select value={draft.dataset} onChange={(event) => set({ dataset: event.target.value })}>
            {!listed && <option value={draft.dataset}>{draft.dataset === '' ? 'choose one' : draft.dataset}</option>}
            {datasets.map((one) => (
              <option key={one.name} value={one.name}>
                {one.name} ({plural(one.image_count, 'image')}, {formatCount(one.object_count)} nuclei)
              </option>
            ))}
          </Select>
        </Field>
        <Field label="Split seed" error={errors.split_seed} help="Runs of one seed can be compared." className="lg:col-span-1">
          <Input
            inputMode="numeric"
            className="num"
            value={draft.split_seed}
            onChange={(event) => set({ split_seed: event.target.value })}
          />
        </Field>
        <Field label="Use at most" error={errors.limit_images} help="Images, for a quick look; empty for all." className="lg:col-span-2">
          <Input
            inputMode="numeric"
            className="num"
            placeholder="all images"
            value={draft.limit_images}
            onChange={(event) => set({ limit_images: event.target.value })}
          />
        </Field>
        {dataset?.derived === true && (
          <Callout tone="warning" className="sm:col-span-2 lg:col-span-6">
            The nuclei of this dataset were derived from one mask an image: those that touch cannot be told apart, so AP50 and mAP say less
            here.
          </Callout>
        )}
        <Field label="Method" error={errors.method} className="lg:col-span-2">
          <Select
            value={draft.method}
            onChange={(event) =>
              set({ method: event.target.value, ...(event.target.value !== 'grid' && draft.run_cap === '' ? { run_cap: '12' } : {}) })
            }
          >
            {!METHODS.some((method) => method.value === draft.method) && <option value={draft.method}>{draft.method}</option>}
            {METHODS.map((method) => (
              <option key={method.value} value={method.value}>
                {method.label}
              </option>
            ))}
          </Select>
        </Field>
        <Field label="Runs at most" error={errors.run_cap} className="lg:col-span-1">
          <Input
            inputMode="numeric"
            className="num"
            placeholder={draft.method === 'grid' ? 'all' : '12'}
            value={draft.run_cap}
            onChange={(event) => set({ run_cap: event.target.value })}
          />
        </Field>
        <Field label="Judge runs by" error={errorAt(errors, 'metric')} className="lg:col-span-2">
          <Select
            value={draft.metric}
            onChange={(event) => set({ metric: event.target.value, goal: event.target.value === 'val/loss' ? 'minimize' : 'maximize' })}
          >
            {!(METRICS_TO_SWEEP as readonly string[]).includes(draft.metric) && (
              <option value={draft.metric}>{metricLabel(draft.metric)}</option>
            )}
            {METRICS_TO_SWEEP.map((key) => (
              <option key={key} value={key}>
                {metricLabel(key)}, the {key === 'val/loss' ? 'least' : 'greatest'}
              </option>
            ))}
          </Select>
        </Field>
        <Field label="Sweep seed" error={errors.seed} className="lg:col-span-1">
          <Input inputMode="numeric" className="num" value={draft.seed} onChange={(event) => set({ seed: event.target.value })} />
        </Field>
        <div className="flex flex-wrap items-end gap-x-4 gap-y-3 sm:col-span-2 lg:col-span-6">
          <label className="flex h-8.5 items-center gap-2.5 text-[13px] font-medium">
            <Switch checked={draft.early.on} onCheckedChange={(on) => set({ early: { ...draft.early, on } })} />
            Stop weak runs early
          </label>
          {draft.early.on && (
            <>
              <Field label="First look after epoch" error={errorAt(errors, 'early_terminate.min_iter')} className="w-40">
                <Input
                  inputMode="numeric"
                  className="num"
                  value={draft.early.min_iter}
                  onChange={(event) => set({ early: { ...draft.early, min_iter: event.target.value } })}
                />
              </Field>
              <Field label="Keep one of" error={errorAt(errors, 'early_terminate.eta')} className="w-28">
                <Input
                  inputMode="decimal"
                  className="num"
                  value={draft.early.eta}
                  onChange={(event) => set({ early: { ...draft.early, eta: event.target.value } })}
                />
              </Field>
            </>
          )}
          <p className="flex min-h-8.5 min-w-0 flex-1 basis-56 items-center text-xs text-muted-foreground">
            {draft.early.on
              ? 'Hyperband: at each look the weakest are ended, so that time goes to the promising.'
              : 'Every run goes to its last epoch.'}
          </p>
        </div>
      </CardContent>
    </Card>
  )
}

/** The sides of the chosen split, where it is there already. */
function DatasetHelp({ dataset, seed }: { dataset: FormDataset | undefined; seed: string }) {
  if (dataset === undefined) return 'Not among the datasets here.'
  const split = dataset.splits.find((one) => String(one.seed) === seed.trim())
  const groups = `${dataset.ref}, ${plural(dataset.group_count, 'independent field')}`
  if (split === undefined) return `${groups}; this split is made when the sweep starts.`
  return `${groups}: ${split.sides.train.images} to train, ${split.sides.val.images} to validate, ${split.sides.test.images} sealed.`
}
