'use client'

import { useRouter } from 'next/navigation'
import { type FormEvent, useState, useTransition } from 'react'
import { Button } from '@/app/components/ui/button.tsx'
import { FieldError } from '@/app/components/ui/field.tsx'
import { Input, Select } from '@/app/components/ui/input.tsx'
import { callApi, errorMessage } from '@/app/lib/client-api.ts'
import type { DatasetImageView } from '@/core/contracts/views.ts'

/** No stratum is called so: names begin with a letter or digit. */
const NEW = ' new'

interface StratumFieldProps {
  image: Pick<DatasetImageView, 'image_id' | 'stratum' | 'stratum_guessed'>
  /** Those that the dataset version has. */
  strata: readonly string[]
  /** The generator sets the strata of a synthetic dataset. */
  synthetic: boolean
}

/** The stratum of an image, and who said so: the guess at import, or a person, here. */
export function StratumField({ image, strata, synthetic }: StratumFieldProps) {
  const router = useRouter()
  const [naming, setNaming] = useState(false)
  const [name, setName] = useState('')
  const [saving, setSaving] = useState(false)
  const [refreshing, startRefresh] = useTransition()
  const [error, setError] = useState<string | null>(null)
  const busy = saving || refreshing
  const save = async (stratum: string): Promise<void> => {
    setSaving(true)
    setError(null)
    try {
      await callApi('images/stratum', { body: { image_ids: [image.image_id], stratum } })
      setNaming(false)
      setName('')
      startRefresh(() => router.refresh())
    } catch (thrown) {
      setError(errorMessage(thrown))
    } finally {
      setSaving(false)
    }
  }
  const saveNew = (event: FormEvent): void => {
    event.preventDefault()
    void save(name.trim())
  }
  return (
    <div className="flex w-full flex-col gap-1.5" aria-busy={busy}>
      <Select
        aria-label="Stratum of this image"
        value={naming ? NEW : image.stratum}
        disabled={busy}
        onChange={(event) => {
          setNaming(event.target.value === NEW)
          if (event.target.value !== NEW) void save(event.target.value)
        }}
      >
        {strata.map((stratum) => (
          <option key={stratum} value={stratum}>
            {stratum}
          </option>
        ))}
        <option value={NEW}>New stratum…</option>
      </Select>
      {naming && (
        <form className="flex gap-1.5" onSubmit={saveNew}>
          <Input
            aria-label="Name of the new stratum"
            autoFocus
            maxLength={100}
            value={name}
            onChange={(event) => setName(event.target.value)}
          />
          <Button type="submit" busy={busy} disabled={name.trim() === ''}>
            Set
          </Button>
        </form>
      )}
      {error !== null && <FieldError>{error}</FieldError>}
      <p className="text-xs text-muted-foreground" aria-live="polite">
        {image.stratum_guessed
          ? 'Guessed from the image; choose another to correct it.'
          : synthetic
            ? 'Made so, or set by a person.'
            : 'Set by a person.'}{' '}
        Sides of splits stay as they are.
      </p>
    </div>
  )
}
