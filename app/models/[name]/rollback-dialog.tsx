'use client'

import { Undo2 } from 'lucide-react'
import { useRouter } from 'next/navigation'
import { useState } from 'react'
import { toast } from 'sonner'
import { Button } from '@/app/components/ui/button.tsx'
import { Callout } from '@/app/components/ui/callout.tsx'
import { Dialog, DialogClose, DialogContent, DialogTrigger } from '@/app/components/ui/dialog.tsx'
import { Field } from '@/app/components/ui/field.tsx'
import { Textarea } from '@/app/components/ui/input.tsx'
import { errorMessage } from '@/app/lib/client-api.ts'
import { ChampionChanged } from '../champion-changed.tsx'
import { moveChampion } from '../move-champion.ts'

/**
 * Points champion back to the version before, with a reason.
 * @param to where a rollback leads to; null: there is nowhere to go back to, and the button says why
 */
export function RollbackDialog({ name, from, to }: { name: string; from: string; to: string | null }) {
  const router = useRouter()
  const [open, setOpen] = useState(false)
  const [reason, setReason] = useState('')
  const [missing, setMissing] = useState(false)
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<string | null>(null)
  const [changed, setChanged] = useState(false)
  const rollback = async (): Promise<void> => {
    setMissing(reason.trim() === '')
    if (reason.trim() === '') return
    setBusy(true)
    setError(null)
    try {
      const moved = await moveChampion(name, { shown: from, reason })
      setChanged(!moved)
      if (!moved) return
      setOpen(false)
      setReason('')
      toast.success(`Version ${to} of ${name} is champion again.`)
      router.refresh()
    } catch (thrown) {
      setError(errorMessage(thrown))
    } finally {
      setBusy(false)
    }
  }
  if (to === null) {
    const why = `No other version held champion before ${from}: promote another one instead`
    return (
      <Button aria-disabled title={why} onClick={() => toast.info(`${why}.`)}>
        <Undo2 aria-hidden />
        Roll back…
      </Button>
    )
  }
  return (
    <Dialog open={open} onOpenChange={setOpen}>
      <DialogTrigger asChild>
        <Button>
          <Undo2 aria-hidden />
          Roll back…
        </Button>
      </DialogTrigger>
      <DialogContent
        title={`Roll back to version ${to}`}
        description={`Champion of ${name} moves from version ${from} back to ${to}. The model server warms it up, then switches; no request is lost.`}
        footer={
          <>
            <DialogClose asChild>
              <Button>Keep version {from}</Button>
            </DialogClose>
            <Button variant="primary" busy={busy} onClick={() => void rollback()}>
              Roll back
            </Button>
          </>
        }
      >
        <Field label="Reason" help="Kept in the history for good." error={missing ? 'Say why: others will ask.' : undefined}>
          <Textarea rows={3} value={reason} maxLength={8000} onChange={(event) => setReason(event.target.value)} />
        </Field>
        {changed && (
          <ChampionChanged
            className="mt-3"
            onReload={() => {
              setChanged(false)
              router.refresh()
            }}
          />
        )}
        {error !== null && (
          <Callout tone="error" className="mt-3">
            {error}
          </Callout>
        )}
      </DialogContent>
    </Dialog>
  )
}
