'use client'

import { type FormEvent, useState } from 'react'
import { Button } from '@/app/components/ui/button.tsx'
import { Card } from '@/app/components/ui/card.tsx'
import { Field } from '@/app/components/ui/field.tsx'
import { Input } from '@/app/components/ui/input.tsx'
import { callApi, errorMessage } from '@/app/lib/client-api.ts'

export function LoginForm({ next }: { next: string }) {
  const [token, setToken] = useState('')
  const [error, setError] = useState('')
  const [busy, setBusy] = useState(false)
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault()
    if (token.trim() === '') return setError('Enter the token.')
    setBusy(true)
    try {
      await callApi('session', { method: 'POST', body: { token } })
      // A full load: every page asks again, now with the cookie.
      window.location.assign(next)
    } catch (thrown) {
      setError(errorMessage(thrown))
      setBusy(false)
    }
  }
  return (
    <div className="mx-auto mt-24 w-full max-w-sm px-4">
      <Card className="flex flex-col gap-4 p-6">
        <div className="flex flex-col gap-1">
          <h1 className="text-lg font-semibold">Log in to Karyon</h1>
          <p className="text-sm text-muted-foreground">
            This server asks for its token: the value of KARYON_TOKEN with which it was started.
          </p>
        </div>
        <form onSubmit={(event) => void submit(event)} className="flex flex-col gap-4" noValidate>
          <Field label="Token" error={error === '' ? undefined : error}>
            <Input
              type="password"
              name="token"
              autoComplete="current-password"
              autoFocus
              value={token}
              onChange={(event) => setToken(event.target.value)}
            />
          </Field>
          <Button type="submit" variant="primary" disabled={busy}>
            {busy ? 'Logging in…' : 'Log in'}
          </Button>
        </form>
      </Card>
    </div>
  )
}
