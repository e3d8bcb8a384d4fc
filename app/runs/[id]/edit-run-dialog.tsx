'use client'

import { Plus, X } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import { Button } from '@/app/components/ui/button.tsx'
import { Dialog, DialogContent } from '@/app/components/ui/dialog.tsx'
import { Field, FieldError } from '@/app/components/ui/field.tsx'
import { Input, Textarea } from '@/app/components/ui/input.tsx'
import { callApi, errorMessage } from '@/app/lib/client-api.ts'
import { type RunView } from '@/core/contracts/views.ts'

/** Tags that Karyon or a foreign client writes for itself are left alone. */
const isOwnTag = (key: string): boolean => !key.startsWith('mlflow.') && !key.startsWith('karyon.')

interface EditRunProps {
  run: RunView
  onOpenChange: (open: boolean) => void
  onChange: (change: Partial<RunView>) => void
}

export function EditRunDialog({ open, ...form }: EditRunProps & { open: boolean }) {
  return (
    <Dialog open={open} onOpenChange={form.onOpenChange}>
      {open && <EditRunForm {...form} />}
    </Dialog>
  )
}

/** Begins with what the run has when it opens: what arrives meanwhile must not undo what is being typed. */
function EditRunForm({ run, onOpenChange, onChange }: EditRunProps) {
  const [name, setName] = useState(run.name)
  const [notes, setNotes] = useState(run.notes)
  const [tags, setTags] = useState(() =>
    Object.entries(run.tags)
      .filter(([key]) => isOwnTag(key))
      .map(([key, value]) => ({ key, value })),
  )
  const [error, setError] = useState<string>()
  const [busy, setBusy] = useState(false)

  const save = async (event: FormEvent) => {
    event.preventDefault()
    setBusy(true)
    setError(undefined)
    const written = Object.fromEntries(tags.filter((tag) => tag.key.trim() !== '').map((tag) => [tag.key.trim(), tag.value]))
    const removed = Object.keys(run.tags).filter((key) => isOwnTag(key) && !(key in written))
    const change = { name: name.trim(), notes, tags: { ...written, ...Object.fromEntries(removed.map((key) => [key, null])) } }
    try {
      const { tags: saved } = await callApi<RunView>(`runs/${run.run_id}`, { method: 'PATCH', body: change })
      onChange({ name: change.name, notes, tags: saved })
      onOpenChange(false)
    } catch (thrown) {
      setError(errorMessage(thrown))
    } finally {
      setBusy(false)
    }
  }

  const editTag = (index: number, change: Partial<{ key: string; value: string }>) =>
    setTags((before) => before.map((tag, i) => (i === index ? { ...tag, ...change } : tag)))

  return (
    <DialogContent
      title="Name, notes and tags"
      footer={
        <>
          <Button onClick={() => onOpenChange(false)}>Close</Button>
          <Button variant="primary" type="submit" form="edit-run" busy={busy} disabled={name.trim() === ''}>
            Save
          </Button>
        </>
      }
    >
      <form id="edit-run" onSubmit={(event) => void save(event)} className="flex flex-col gap-4">
        <Field label="Name" error={name.trim() === '' ? 'A run needs a name.' : undefined}>
          <Input value={name} maxLength={250} onChange={(event) => setName(event.target.value)} />
        </Field>
        <Field label="Notes">
          <Textarea rows={4} value={notes} onChange={(event) => setNotes(event.target.value)} placeholder="What was tried, what was seen" />
        </Field>
        <fieldset className="flex flex-col gap-2">
          <legend className="mb-1 text-[13px] font-medium">Tags</legend>
          {tags.map((tag, i) => (
            <div key={i} className="flex items-center gap-2">
              <Input
                aria-label={`Name of tag ${i + 1}`}
                placeholder="name"
                maxLength={250}
                value={tag.key}
                onChange={(event) => editTag(i, { key: event.target.value })}
              />
              <Input
                aria-label={`Value of tag ${i + 1}`}
                placeholder="value"
                value={tag.value}
                onChange={(event) => editTag(i, { value: event.target.value })}
              />
              <Button
                variant="ghost"
                size="icon"
                aria-label={`Remove tag ${tag.key || i + 1}`}
                onClick={() => setTags((before) => before.filter((_, j) => j !== i))}
              >
                <X aria-hidden />
              </Button>
            </div>
          ))}
          <Button size="sm" className="self-start" onClick={() => setTags((before) => [...before, { key: '', value: '' }])}>
            <Plus aria-hidden /> Add a tag
          </Button>
        </fieldset>
        {error !== undefined && <FieldError>{error}</FieldError>}
      </form>
    </DialogContent>
  )
}
