'use client'

import { Trophy } from 'lucide-react'
import Link from 'next/link'
import { useRouter } from 'next/navigation'
import { useState } from 'react'
import { toast } from 'sonner'
import { Button } from '@/app/components/ui/button.tsx'
import { Callout } from '@/app/components/ui/callout.tsx'
import { Card, CardContent, CardHeader, CardTitle } from '@/app/components/ui/card.tsx'
import { Field } from '@/app/components/ui/field.tsx'
import { Input, Select, Textarea } from '@/app/components/ui/input.tsx'
import { PageHeader } from '@/app/components/ui/page-header.tsx'
import { callApi, errorMessage } from '@/app/lib/client-api.ts'
import { useApi } from '@/app/lib/use-api.ts'
import { ChampionChanged } from '@/app/models/champion-changed.tsx'
import { moveChampion } from '@/app/models/move-champion.ts'
import type { ModelVersionView, PromotionReview } from '@/core/contracts/views.ts'
import { ChangedImages } from './changed-images.tsx'
import { Verdict } from './verdict.tsx'
import { StrataTable } from './strata-table.tsx'

export type Candidate = { runId: string; version?: undefined } | { version: string; runId?: undefined }

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,249}$/
const NEW = ' new'

export function PromoteView({ candidate, initial, models }: { candidate: Candidate; initial: PromotionReview; models: readonly string[] }) {
  const router = useRouter()
  const [choice, setChoice] = useState(models.includes(initial.model) ? initial.model : NEW)
  const [newName, setNewName] = useState(models.includes(initial.model) ? '' : initial.model)
  const [reason, setReason] = useState('')
  const [tried, setTried] = useState(false)
  const [busy, setBusy] = useState<'promote' | 'register' | null>(null)
  const [error, setError] = useState<string | null>(null)
  const [changed, setChanged] = useState(false)
  const [reloads, setReloads] = useState(0)
  const name = choice === NEW ? newName.trim() : choice
  const nameError = NAME.test(name) ? undefined : 'Letters, digits, dot, underscore and hyphen, beginning with a letter or digit.'
  const reasonError = reason.trim() === '' ? 'Say why: it is kept in the history for good.' : undefined
  const query = new URLSearchParams({
    model: name,
    ...(candidate.runId === undefined ? { version: candidate.version } : { run: candidate.runId }),
  })
  // The first review came with the page; another model name has another champion.
  const asked = useApi<PromotionReview>(nameError !== undefined || name === initial.model ? null : `promotion-review?${query}`, reloads)
  const known = name === initial.model ? initial : asked.data?.model === name ? asked.data : null
  const review = known ?? { ...initial, model: name, champion: null, difference: null, improved: [], worsened: [] }
  const unread = known === null && !asked.loading ? asked.error : undefined
  const waiting = known === null && unread === undefined && nameError === undefined
  const title = review.candidate.run_name

  const register = async (): Promise<string> => {
    if (candidate.version !== undefined) return candidate.version
    const made = await callApi<ModelVersionView>(`models/${encodeURIComponent(name)}/versions`, { body: { run_id: candidate.runId } })
    return made.version
  }
  const submit = async (promote: boolean): Promise<void> => {
    setTried(true)
    setError(null)
    setChanged(false)
    if (nameError !== undefined || (promote && (reasonError !== undefined || known === null))) return
    setBusy(promote ? 'promote' : 'register')
    try {
      const version = await register()
      if (promote && !(await moveChampion(name, { version, shown: review.champion?.version ?? null, reason }))) {
        setChanged(true)
        setBusy(null)
        return
      }
      toast.success(promote ? `Version ${version} of ${name} is champion.` : `Version ${version} of ${name} is registered.`)
      router.push(`/models/${encodeURIComponent(name)}`)
    } catch (thrown) {
      setError(errorMessage(thrown))
      setBusy(null)
    }
  }

  const reload = (): void => {
    setChanged(false)
    setReloads(reloads + 1)
    router.refresh()
  }

  return (
    <>
      <PageHeader
        crumbs={[{ label: 'Models', href: '/models' }, { label: 'Promote' }]}
        title={`Promote ${title}`}
        description={
          <>
            Candidate beside champion, on the same validation images.{' '}
            {review.candidate.run_id !== null && (
              <Link className="font-medium text-primary hover:underline" href={`/runs/${review.candidate.run_id}`}>
                Open the run
              </Link>
            )}
          </>
        }
      />
      <div className="grid items-start gap-5 lg:grid-cols-[minmax(0,1fr)_21rem]">
        <div className="order-2 flex min-w-0 flex-col gap-5 lg:order-1" aria-busy={waiting}>
          <Verdict review={review} />
          <StrataTable review={review} />
          {review.champion !== null && review.comparable.ok && (
            <>
              <ChangedImages title="Most improved" review={review} images={review.improved} />
              <ChangedImages title="Most worsened" review={review} images={review.worsened} />
            </>
          )}
        </div>
        <Card className="order-1 lg:sticky lg:top-4 lg:order-2">
          <CardHeader>
            <CardTitle>Decision</CardTitle>
          </CardHeader>
          <CardContent className="flex flex-col gap-4">
            {candidate.version === undefined ? (
              <>
                <Field label="Model" help="Scripts call the model by this name.">
                  <Select value={choice} onChange={(event) => setChoice(event.target.value)}>
                    {models.map((model) => (
                      <option key={model}>{model}</option>
                    ))}
                    <option value={NEW}>New model…</option>
                  </Select>
                </Field>
                {choice === NEW && (
                  <Field label="Name of the new model" error={tried || newName !== '' ? nameError : undefined}>
                    <Input value={newName} spellCheck={false} maxLength={250} onChange={(event) => setNewName(event.target.value)} />
                  </Field>
                )}
              </>
            ) : (
              <p className="text-[13px]">
                Version {candidate.version} of <b className="font-semibold">{initial.model}</b>
              </p>
            )}
            <Field label="Reason" help="Kept in the history for good." error={tried ? reasonError : undefined}>
              <Textarea rows={4} value={reason} maxLength={8000} onChange={(event) => setReason(event.target.value)} />
            </Field>
            <p className="rounded-md bg-muted px-3 py-2 text-xs text-muted-foreground">
              {candidate.version === undefined
                ? `Registering opens the sealed test side once, after the decision. Looks at this dataset's test side so far: ${review.test_looks}.`
                : `Looks at this dataset's test side so far: ${review.test_looks}.`}
            </p>
            {changed && <ChampionChanged onReload={reload} />}
            {unread !== undefined && <Callout tone="error">{unread}</Callout>}
            {error !== null && <Callout tone="error">{error}</Callout>}
            <Button
              variant="primary"
              size="lg"
              busy={busy === 'promote' || waiting}
              disabled={busy !== null}
              onClick={() => void submit(true)}
            >
              <Trophy aria-hidden />
              Make champion
            </Button>
            {candidate.version === undefined && (
              <Button variant="ghost" busy={busy === 'register'} disabled={busy !== null} onClick={() => void submit(false)}>
                Register without promoting
              </Button>
            )}
          </CardContent>
        </Card>
      </div>
    </>
  )
}
