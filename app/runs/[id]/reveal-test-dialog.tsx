'use client'

import { type FormEvent, useState } from 'react'
import { Button } from '@/app/components/ui/button.tsx'
import { Callout } from '@/app/components/ui/callout.tsx'
import { Dialog, DialogContent } from '@/app/components/ui/dialog.tsx'
import { Field } from '@/app/components/ui/field.tsx'
import { Textarea } from '@/app/components/ui/input.tsx'
import { callApi, errorMessage } from '@/app/lib/client-api.ts'
import { plural } from '@/app/lib/format.ts'
import { useApi } from '@/app/lib/use-api.ts'
import { type JobView, type RunView, type TestRevealView } from '@/core/contracts/views.ts'

interface RevealTestProps {
  run: RunView
  onOpenChange: (open: boolean) => void
  /** The scoring was asked for. */
  onReveal: () => void
}

/** Asks for the reason to open the sealed test side, and says how often that was done already. */
export function RevealTestDialog({ open, ...form }: RevealTestProps & { open: boolean }) {
  return (
    <Dialog open={open} onOpenChange={form.onOpenChange}>
      {open && <RevealTestForm {...form} />}
    </Dialog>
  )
}

function RevealTestForm({ run, onOpenChange, onReveal }: RevealTestProps) {
  const [reason, setReason] = useState('')
  const [missing, setMissing] = useState(false)
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<string>()
  const known = useApi<TestRevealView>(`runs/${run.run_id}/reveal-test`)
  const reveal = async (event: FormEvent) => {
    event.preventDefault()
    setMissing(reason.trim() === '')
    if (reason.trim() === '') return
    setBusy(true)
    setError(undefined)
    try {
      await callApi<JobView>(`runs/${run.run_id}/reveal-test`, { body: { reason: reason.trim() } })
      onReveal()
      onOpenChange(false)
    } catch (thrown) {
      setError(errorMessage(thrown))
    } finally {
      setBusy(false)
    }
  }
  return (
    <DialogContent
      title="Reveal test"
      description={`Scores the best epoch of ${run.name} on the test side, which nothing has been trained, stopped or chosen by.`}
      footer={
        <>
          <Button onClick={() => onOpenChange(false)}>Keep it sealed</Button>
          <Button variant="primary" type="submit" form="reveal-test" busy={busy}>
            Reveal test
          </Button>
        </>
      }
    >
      <form id="reveal-test" onSubmit={(event) => void reveal(event)} className="flex flex-col gap-3">
        <p className="text-[13px]" aria-live="polite">
          {known.data === undefined ? (known.error ?? 'Counting the looks so far…') : looksSoFar(known.data.looks, run.dataset)} Each look
          lets a choice lean on it a little, so this one is counted as well, whatever comes of it.
        </p>
        <Field label="Reason" help="Kept with the count for good." error={missing ? 'Say why: others will ask.' : undefined}>
          <Textarea rows={3} value={reason} maxLength={8000} onChange={(event) => setReason(event.target.value)} />
        </Field>
        {error !== undefined && <Callout tone="error">{error}</Callout>}
      </form>
    </DialogContent>
  )
}

export const looksSoFar = (looks: number, dataset: string | null): string =>
  `The test side of ${dataset ?? 'this dataset'} was ${looks === 0 ? 'never looked at' : `looked at ${plural(looks, 'time')}`} so far.`
