'use client'

import { useEffect, useState } from 'react'
import { ApiError, callApi, errorMessage } from '@/app/lib/client-api.ts'
import { formatBytes, formatMinutes, plural } from '@/app/lib/format.ts'
import { cn } from '@/app/lib/cn.ts'
import { type FieldErrors } from './validate.ts'

export interface Estimate {
  runs: number
  minutes: number
  minutesPerRun: number
  slots: number
  diskBytes: number
  measured: boolean
  measuredOn: string
  trainImages: number
  valImages: number
}
export interface EstimateState {
  estimate: Estimate | null
  loading: boolean
  message: string | null
}

/** Asked for this long after the last keystroke. */
const WAIT_MS = 350

/** What a sweep would cost, asked of the server whenever it changes and is valid; the last answer stays in sight meanwhile. */
export function useEstimate(spec: Record<string, unknown>, valid: boolean, onFieldErrors: (errors: FieldErrors) => void): EstimateState {
  const [state, setState] = useState<EstimateState>({ estimate: null, loading: false, message: null })
  const text = JSON.stringify(spec)
  useEffect(() => {
    if (!valid) return
    const stop = new AbortController()
    const timer = setTimeout(() => {
      setState((before) => ({ ...before, loading: true }))
      callApi<Estimate>('sweeps/estimate', { body: JSON.parse(text) as unknown, signal: stop.signal }).then(
        (estimate) => setState({ estimate, loading: false, message: null }),
        (thrown: unknown) => {
          if (stop.signal.aborted) return
          setState((before) => ({ ...before, loading: false, message: errorMessage(thrown) }))
          const fields = thrown instanceof ApiError ? fieldErrors(thrown) : {}
          if (Object.keys(fields).length > 0) onFieldErrors(fields)
        },
      )
    }, WAIT_MS)
    return () => {
      clearTimeout(timer)
      stop.abort()
    }
  }, [text, valid, onFieldErrors])
  return state
}

/** The messages that the server gave beside fields. */
export function fieldErrors(error: ApiError): FieldErrors {
  const fields = error.details?.fields
  if (typeof fields !== 'object' || fields === null) return {}
  return Object.fromEntries(Object.entries(fields).filter((entry): entry is [string, string] => typeof entry[1] === 'string'))
}

/** What it will take, before anything starts. Lines keep their place while figures change. */
export function EstimateRail({ state, valid }: { state: EstimateState; valid: boolean }) {
  const { estimate, loading, message } = state
  const stale = loading || !valid
  return (
    <div aria-live="polite" className="text-[13px]">
      {/* Grey, not faint: what is about to change must stay readable. */}
      <dl aria-busy={stale} className={cn('flex flex-col gap-2', stale && '[&_dd]:text-muted-foreground')}>
        <Line label="Runs">{estimate === null ? ' ' : plural(estimate.runs, 'run')}</Line>
        <Line label="Each">{estimate === null ? ' ' : formatMinutes(estimate.minutesPerRun)}</Line>
        <Line label="At once">{estimate === null ? ' ' : plural(estimate.slots, 'run')}</Line>
        <Line label="All together" strong>
          {estimate === null ? ' ' : formatMinutes(estimate.minutes)}
        </Line>
        <Line label="Disk">{estimate === null ? ' ' : `about ${formatBytes(estimate.diskBytes)}`}</Line>
        <Line label="Training images">{estimate === null ? ' ' : String(estimate.trainImages)}</Line>
        <Line label="Validation images">{estimate === null ? ' ' : String(estimate.valImages)}</Line>
      </dl>
      <p className="mt-3 min-h-9 text-xs text-muted-foreground">
        {message ?? (estimate === null ? '' : `Times are ${estimate.measuredOn}.`)}
      </p>
    </div>
  )
}

function Line({ label, strong = false, children }: { label: string; strong?: boolean; children: string }) {
  return (
    <div className="flex h-5 items-baseline justify-between gap-3">
      <dt className="text-muted-foreground">{label}</dt>
      <dd className={cn('num truncate', strong ? 'text-[15px] font-semibold' : 'font-medium')}>{children}</dd>
    </div>
  )
}
