'use client'

import { Play } from 'lucide-react'
import { useRouter } from 'next/navigation'
import { useState } from 'react'
import { callApi, errorMessage } from '@/app/lib/client-api.ts'
import { Button } from '../ui/button.tsx'
import { FieldError } from '../ui/field.tsx'

/** Makes the synthetic dataset and its sweep, and goes to the sweep's live page. */
export function TryItButton() {
  const router = useRouter()
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<string>()
  const start = async () => {
    setBusy(true)
    setError(undefined)
    try {
      const { sweep_id } = await callApi<{ sweep_id: string }>('try-it', { method: 'POST' })
      router.push(`/sweeps/${sweep_id}`)
    } catch (thrown) {
      setError(errorMessage(thrown))
      setBusy(false)
    }
  }
  return (
    <>
      <Button variant="primary" size="lg" className="w-full" busy={busy} onClick={() => void start()}>
        {!busy && <Play aria-hidden />}
        {busy ? 'Drawing 60 images' : 'Try it'}
      </Button>
      {error !== undefined && <FieldError className="mt-2">{error}</FieldError>}
    </>
  )
}
