'use client'

import { Undo2 } from 'lucide-react'
import { type ReactNode } from 'react'
import { Button } from '@/app/components/ui/button.tsx'
import { FieldError } from '@/app/components/ui/field.tsx'
import { Input, Select } from '@/app/components/ui/input.tsx'
import { Segmented } from '@/app/components/ui/segmented.tsx'
import { HelpTip } from '@/app/components/ui/tooltip.tsx'
import { cn } from '@/app/lib/cn.ts'
import { formatParam } from '@/app/lib/format.ts'
import { DEFAULT_RUN_PARAMETERS, type RunParameterInfo } from '@/core/contracts/run-parameters.ts'
import { DISTRIBUTIONS, type ParameterDraft, type SpaceMode, splitList } from './draft.ts'

const MODES: readonly { value: SpaceMode; label: string }[] = [
  { value: 'fixed', label: 'Fixed' },
  { value: 'list', label: 'List' },
  { value: 'range', label: 'Range' },
]
const DISTRIBUTION_LABELS: Record<(typeof DISTRIBUTIONS)[number], string> = {
  uniform: 'even',
  log_uniform_values: 'logarithmic',
  int_uniform: 'whole numbers',
  q_uniform: 'in steps',
}

export interface ParameterRowProps {
  info: RunParameterInfo
  draft: ParameterDraft
  error?: string
  onChange: (change: Partial<ParameterDraft>) => void
  onReset: () => void
}

/** One parameter: its name, how it varies, its value or values, and what is wrong with them. */
export function ParameterRow({ info, draft, error, onChange, onReset }: ParameterRowProps) {
  const id = `parameter-${info.name}`
  const modes =
    info.kind === 'choice' || info.kind === 'text'
      ? MODES.map((mode) => ({
          ...mode,
          disabled: mode.value === 'range',
          title: mode.value === 'range' ? 'Only numbers have a range' : undefined,
        }))
      : MODES
  const described = {
    'aria-invalid': error === undefined ? undefined : true,
    'aria-describedby': error === undefined ? undefined : `${id}-error`,
  }
  return (
    <div
      role="group"
      aria-labelledby={`${id}-label`}
      data-parameter={info.name}
      className={cn(
        'grid items-center gap-x-4 gap-y-1.5 border-b border-border px-4 py-2.5 last:border-0 sm:grid-cols-[11rem_auto_minmax(0,1fr)_2rem]',
        draft.mode !== 'fixed' && 'bg-primary-soft/35',
      )}
    >
      <div className="flex min-w-0 items-center">
        <span
          id={`${id}-label`}
          className={cn('truncate text-[13px]', draft.explicit ? 'font-semibold' : 'font-medium text-muted-foreground')}
        >
          {info.label}
        </span>
        <HelpTip label={info.label}>
          {info.help} Default: {formatParam(DEFAULT_RUN_PARAMETERS[info.name])}.
        </HelpTip>
      </div>
      <Segmented
        label={`How ${info.label} varies`}
        value={draft.mode}
        onValueChange={(mode) => onChange({ mode })}
        options={modes}
        className="w-44 justify-self-start"
      />
      <div className="flex min-w-0 flex-col gap-1">
        <Control info={info} draft={draft} onChange={onChange} described={described} />
        {error !== undefined && <FieldError id={`${id}-error`}>{error}</FieldError>}
      </div>
      <div className="hidden size-8 sm:block">
        {draft.explicit && (
          <Button
            variant="ghost"
            size="icon"
            aria-label={`Back to the default of ${info.label}`}
            title="Back to the default"
            onClick={onReset}
          >
            <Undo2 aria-hidden />
          </Button>
        )}
      </div>
    </div>
  )
}

type ControlProps = Pick<ParameterRowProps, 'info' | 'draft' | 'onChange'> & {
  described: { 'aria-invalid'?: boolean; 'aria-describedby'?: string }
}

function Control({ info, draft, onChange, described }: ControlProps): ReactNode {
  const numeric = { inputMode: info.kind === 'text' ? undefined : ('decimal' as const), autoComplete: 'off', spellCheck: false }
  if (draft.mode === 'fixed') {
    if (info.kind !== 'choice') {
      return (
        <Input
          {...numeric}
          {...described}
          aria-label={info.label}
          className="num max-w-60"
          value={draft.value}
          placeholder={info.kind === 'text' ? 'the architecture’s own' : undefined}
          onChange={(event) => onChange({ value: event.target.value })}
        />
      )
    }
    const known = info.choices?.some((choice) => String(choice) === draft.value) ?? false
    return (
      <Select
        {...described}
        aria-label={info.label}
        className="max-w-60"
        value={draft.value}
        onChange={(event) => onChange({ value: event.target.value })}
      >
        {!known && <option value={draft.value}>{draft.value === '' ? 'choose one' : draft.value}</option>}
        {info.choices?.map((choice) => (
          <option key={choice} value={String(choice)}>
            {choice}
          </option>
        ))}
      </Select>
    )
  }
  if (draft.mode === 'list') {
    if (info.kind === 'choice') return <ChoiceList info={info} draft={draft} onChange={onChange} />
    return (
      <Input
        {...numeric}
        {...described}
        aria-label={`Values of ${info.label}, separated by commas`}
        className="num"
        placeholder="0.001, 0.003, 0.01"
        value={draft.values}
        onChange={(event) => onChange({ values: event.target.value })}
      />
    )
  }
  return (
    <div className="flex flex-wrap items-center gap-2">
      <Input
        {...numeric}
        {...described}
        aria-label={`Least ${info.label}`}
        className="num w-21"
        placeholder="from"
        value={draft.min}
        onChange={(event) => onChange({ min: event.target.value })}
      />
      <span className="text-muted-foreground">to</span>
      <Input
        {...numeric}
        {...described}
        aria-label={`Greatest ${info.label}`}
        className="num w-21"
        placeholder="to"
        value={draft.max}
        onChange={(event) => onChange({ max: event.target.value })}
      />
      <Select
        aria-label={`Distribution of ${info.label}`}
        className="w-33"
        value={draft.distribution}
        onChange={(event) => onChange({ distribution: DISTRIBUTIONS.find((one) => one === event.target.value) ?? 'uniform' })}
      >
        {DISTRIBUTIONS.map((one) => (
          <option key={one} value={one}>
            {DISTRIBUTION_LABELS[one]}
          </option>
        ))}
      </Select>
      {draft.distribution === 'q_uniform' && (
        <Input
          {...numeric}
          aria-label={`Step of ${info.label}`}
          className="num w-20"
          placeholder="step"
          value={draft.q}
          onChange={(event) => onChange({ q: event.target.value })}
        />
      )}
    </div>
  )
}

/** Which of a few choices to try. */
function ChoiceList({ info, draft, onChange }: Pick<ParameterRowProps, 'info' | 'draft' | 'onChange'>) {
  const chosen = splitList(draft.values)
  const toggle = (choice: string) => {
    const next = chosen.includes(choice)
      ? chosen.filter((one) => one !== choice)
      : [...(info.choices ?? []).map(String).filter((one) => one === choice || chosen.includes(one))]
    onChange({ values: next.join(', ') })
  }
  return (
    <div className="flex flex-wrap gap-1.5">
      {info.choices?.map(String).map((choice) => (
        <label
          key={choice}
          className={cn(
            'inline-flex h-7.5 cursor-pointer items-center gap-1.5 rounded-md border px-2.5 text-[13px] has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-ring',
            chosen.includes(choice)
              ? 'border-primary bg-primary-soft font-medium text-primary'
              : 'border-input bg-card text-muted-foreground hover:text-foreground',
          )}
        >
          <input
            type="checkbox"
            className="size-3.5 accent-(--primary) outline-none"
            checked={chosen.includes(choice)}
            onChange={() => toggle(choice)}
          />
          {choice}
        </label>
      ))}
    </div>
  )
}
