'use client'

import { ChevronRight } from 'lucide-react'
import { Card, CardHeader, CardTitle } from '@/app/components/ui/card.tsx'
import { plural } from '@/app/lib/format.ts'
import { RUN_PARAMETER_INFO, type RunParameterInfo } from '@/core/contracts/run-parameters.ts'
import { defaultDistribution, type ParameterDraft, splitList, type SweepDraft, toDraft } from './draft.ts'
import { ParameterRow } from './parameter-row.tsx'
import { errorAt, type FieldErrors } from './validate.ts'

const BASIC = RUN_PARAMETER_INFO.filter((info) => !info.advanced)
const ADVANCED = RUN_PARAMETER_INFO.filter((info) => info.advanced)
const DEFAULTS = toDraft({}).parameters

type Edit = (change: (draft: SweepDraft) => SweepDraft) => void

/** A row a parameter; what is seldom touched lies under Advanced, open where it says something. */
export function ParameterTable({ draft, errors, edit }: { draft: SweepDraft; errors: FieldErrors; edit: Edit }) {
  const touched = ADVANCED.filter((info) => draft.parameters[info.name].explicit).length
  const wrong = ADVANCED.some((info) => errorAt(errors, `parameters.${info.name}`) !== undefined)
  return (
    <Card>
      <CardHeader className="border-b border-border pb-3">
        <CardTitle>Parameters</CardTitle>
        <p className="text-xs text-muted-foreground">What is not set here takes its default.</p>
      </CardHeader>
      {BASIC.map((info) => (
        <Row key={info.name} info={info} draft={draft} errors={errors} edit={edit} />
      ))}
      <details className="group border-t border-border" open={touched > 0 || wrong || undefined}>
        <summary className="flex h-11 cursor-pointer list-none items-center gap-2 px-4 text-[13px] font-semibold hover:bg-muted/60 focus-visible:-outline-offset-2">
          <ChevronRight className="size-4 transition-transform group-open:rotate-90" aria-hidden />
          Advanced
          <span className="num font-normal text-muted-foreground">
            {touched > 0 ? `${touched} set` : plural(ADVANCED.length, 'parameter')}
          </span>
        </summary>
        <div className="border-t border-border">
          {ADVANCED.map((info) => (
            <Row key={info.name} info={info} draft={draft} errors={errors} edit={edit} />
          ))}
        </div>
      </details>
    </Card>
  )
}

function Row({ info, draft, errors, edit }: { info: RunParameterInfo; draft: SweepDraft; errors: FieldErrors; edit: Edit }) {
  return (
    <ParameterRow
      info={info}
      draft={draft.parameters[info.name]}
      error={errorAt(errors, `parameters.${info.name}`)}
      onChange={(change) =>
        edit((before) => withParameter(before, info, { ...prefill(info, before.parameters[info.name], change), ...change }))
      }
      onReset={() => edit((before) => ({ ...before, parameters: { ...before.parameters, [info.name]: DEFAULTS[info.name] } }))}
    />
  )
}

/** A change makes a parameter explicit. A range is no grid: the method becomes a random search, with a number of runs. */
function withParameter(draft: SweepDraft, info: RunParameterInfo, change: Partial<ParameterDraft>): SweepDraft {
  const parameters = { ...draft.parameters, [info.name]: { ...draft.parameters[info.name], ...change, explicit: true } }
  if (change.mode !== 'range' || draft.method !== 'grid') return { ...draft, parameters }
  return { ...draft, parameters, method: 'random', run_cap: draft.run_cap === '' ? '12' : draft.run_cap }
}

/** On a change of mode, values that carry over from the mode before. */
function prefill(info: RunParameterInfo, before: ParameterDraft, change: Partial<ParameterDraft>): Partial<ParameterDraft> {
  if (change.mode === undefined || change.mode === before.mode) return {}
  const value = before.mode === 'list' ? (splitList(before.values)[0] ?? before.value) : before.value
  if (change.mode === 'list' && before.mode === 'fixed') return { values: before.value }
  if (change.mode === 'fixed') return { value }
  if (change.mode === 'range' && before.min === '' && before.max === '') {
    const listed = before.mode === 'list' ? splitList(before.values).map(Number).filter(Number.isFinite) : []
    if (listed.length > 1)
      return { min: String(Math.min(...listed)), max: String(Math.max(...listed)), distribution: defaultDistribution(info) }
    const middle = Number(value)
    if (!Number.isFinite(middle) || middle <= 0) return { distribution: defaultDistribution(info) }
    // A decade around the value where it is drawn logarithmically, else half to double, within what is possible.
    const factor = info.log === true ? 10 : 2
    const round = (number: number) =>
      info.name === 'image_size'
        ? Math.max(32, Math.round(number / 32) * 32)
        : info.kind === 'integer'
          ? Math.max(1, Math.round(number))
          : Number(number.toPrecision(2))
    return {
      min: String(round(Math.max(info.min ?? 0, middle / factor))),
      max: String(round(Math.min(info.max ?? Infinity, middle * factor))),
      distribution: defaultDistribution(info),
    }
  }
  return {}
}
