'use client'

import { ChevronRight, ExternalLink } from 'lucide-react'
import { useRouter } from 'next/navigation'
import { type FormEvent, useRef, useState } from 'react'
import { Button } from '@/app/components/ui/button.tsx'
import { Callout } from '@/app/components/ui/callout.tsx'
import { Field, FieldError } from '@/app/components/ui/field.tsx'
import { Input, Textarea } from '@/app/components/ui/input.tsx'
import { Progress } from '@/app/components/ui/progress.tsx'
import { Segmented } from '@/app/components/ui/segmented.tsx'
import { ApiError, callApi, errorMessage } from '@/app/lib/client-api.ts'
import type { JobView } from '@/core/contracts/views.ts'
import { ProblemTable, type Problem } from '@/app/components/jobs/problem-table.tsx'
import { DropZone } from '@/app/components/ui/drop-zone.tsx'
import { type Upload, uploadDataset } from './upload.ts'

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,249}$/
const BOWL_URL = 'https://data.broadinstitute.org/bbbc/BBBC038/stage1_train.zip'

type Errors = Partial<Record<'name' | 'source' | 'file' | 'group_pattern' | 'group_csv' | 'channel', string>>

/** "My nuclei (2).zip" -> "My-nuclei-2": a name that is allowed. */
const nameOf = (file: string): string =>
  file
    .replace(/^.*[/\\]/, '')
    .replace(/\.zip$/i, '')
    .replace(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/^[^A-Za-z0-9]+|-+$/g, '')
    .slice(0, 100)

export function ImportForm({ preset, names }: { preset: 'bowl' | null; names: readonly string[] }) {
  const router = useRouter()
  const [from, setFrom] = useState<'upload' | 'path'>('upload')
  const [name, setName] = useState(preset === 'bowl' ? 'dsb2018' : '')
  const [named, setNamed] = useState(preset === 'bowl')
  const [file, setFile] = useState<File | null>(null)
  const [source, setSource] = useState('')
  const [pattern, setPattern] = useState('')
  const [csv, setCsv] = useState('')
  const [channel, setChannel] = useState('')
  const [errors, setErrors] = useState<Errors>({})
  const [failure, setFailure] = useState<{ message: string; problems: Problem[] } | null>(null)
  const [sent, setSent] = useState<number | null>(null)
  const [busy, setBusy] = useState(false)
  const upload = useRef<Upload | null>(null)

  const suggestName = (path: string): void => {
    if (!named) setName(nameOf(path))
  }
  const check = (): Errors => ({
    ...(!NAME.test(name) && {
      name: name === '' ? 'Give the dataset a name.' : 'Letters, digits, dot, underscore and hyphen, beginning with a letter or digit.',
    }),
    ...(from === 'upload' && file === null && { file: 'Choose a zip.' }),
    ...(from === 'path' && source.trim() === '' && { source: 'Give the path of a zip or a folder.' }),
    ...(channel !== '' && !/^\d{1,3}$/.test(channel) && { channel: 'A number from 0.' }),
  })

  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault()
    const found = check()
    setErrors(found)
    setFailure(null)
    if (Object.keys(found).length > 0) return
    const options = {
      ...(pattern !== '' && { group_pattern: pattern }),
      ...(csv !== '' && { group_csv: csv }),
      ...(channel !== '' && { channel }),
    }
    setBusy(true)
    try {
      let job: JobView
      if (from === 'upload' && file !== null) {
        setSent(0)
        upload.current = uploadDataset(file, { name, ...options }, setSent)
        job = await upload.current.done
      } else {
        job = await callApi<JobView>('datasets', {
          body: { name, source: source.trim(), ...options, ...(channel !== '' && { channel: Number(channel) }) },
        })
      }
      router.push(`/datasets/import?job=${job.job_id}`)
    } catch (thrown) {
      setBusy(false)
      setSent(null)
      if (thrown instanceof DOMException && thrown.name === 'AbortError') return
      const details = thrown instanceof ApiError ? thrown.details : undefined
      const fields = details?.fields
      if (typeof fields === 'object' && fields !== null) setErrors(fields as Errors)
      setFailure({ message: errorMessage(thrown), problems: Array.isArray(details?.problems) ? (details.problems as Problem[]) : [] })
    }
  }

  const existing = names.includes(name)
  return (
    <form className="flex flex-col gap-5" onSubmit={(event) => void submit(event)} noValidate>
      {preset === 'bowl' && (
        <Callout tone="info" title="Nuclei of the 2018 Data Science Bowl (CC0)">
          <p>
            664 real images, fluorescence and histology, with about 29,000 nuclei. Download{' '}
            <b className="font-semibold">stage1_train.zip</b> (about 80 MB) from the Broad Bioimage Benchmark Collection, then upload it
            here. Is it on this machine already? Choose “Path on the server” and give its path.
          </p>
          <p className="mt-1.5">
            <a className="font-medium break-all text-info underline underline-offset-2" href={BOWL_URL} target="_blank" rel="noreferrer">
              {BOWL_URL.replace('https://', '')}
              <ExternalLink className="ml-1 inline size-3.5 align-[-2px]" aria-hidden />
            </a>
          </p>
        </Callout>
      )}
      <Field
        label="Name"
        error={errors.name}
        help={
          existing
            ? `${name} is there already: this becomes its next version, and images keep their sides.`
            : 'Sweeps refer to it, e.g. dsb2018.'
        }
        className="max-w-md"
      >
        <Input
          value={name}
          autoComplete="off"
          spellCheck={false}
          maxLength={250}
          onChange={(event) => {
            setName(event.target.value)
            setNamed(event.target.value !== '')
          }}
        />
      </Field>
      <div className="flex flex-col gap-2">
        <Segmented
          label="Where the images are"
          className="self-start"
          value={from}
          onValueChange={setFrom}
          options={[
            { value: 'upload', label: 'Upload a zip' },
            { value: 'path', label: 'Path on the server' },
          ]}
        />
        {from === 'upload' ? (
          <>
            <DropZone
              file={file}
              accept=".zip,application/zip"
              label="Zip with images and masks"
              hint="A zip of images and masks, in one of the layouts shown"
              disabled={busy}
              invalid={errors.file !== undefined}
              onFile={(chosen) => {
                setFile(chosen)
                setErrors((before) => ({ ...before, file: undefined }))
                if (chosen !== null) suggestName(chosen.name)
              }}
            />
            {errors.file !== undefined && <FieldError>{errors.file}</FieldError>}
          </>
        ) : (
          <Field
            label="Path"
            error={errors.source}
            help="A zip or a folder on the machine that Karyon runs on. It is copied, then never read again."
          >
            <Input
              value={source}
              className="font-mono text-[13px]"
              placeholder={preset === 'bowl' ? '/data/stage1_train.zip' : '/data/my-nuclei'}
              spellCheck={false}
              onChange={(event) => {
                setSource(event.target.value)
                suggestName(event.target.value)
              }}
            />
          </Field>
        )}
      </div>
      <details
        className="group rounded-lg border border-border bg-card"
        open={Boolean(errors.group_pattern ?? errors.group_csv ?? errors.channel) || undefined}
      >
        <summary className="flex min-h-10 cursor-pointer list-none items-center gap-1.5 px-3 text-[13px] font-medium select-none">
          <ChevronRight className="size-4 transition-transform group-open:rotate-90" aria-hidden />
          Advanced: groups and channel
        </summary>
        <div className="flex flex-col gap-4 border-t border-border p-3.5">
          <p className="text-[13px] text-muted-foreground">
            Images of one slide, patient or plate belong on one side of the split. Tiles that continue each other are found without this.
          </p>
          <Field
            label="Group pattern"
            error={errors.group_pattern}
            help={
              <>
                A regular expression on the file path; its first group names the group: <code className="font-mono">plate(\d+)_</code>
              </>
            }
          >
            <Input
              value={pattern}
              className="font-mono text-[13px]"
              spellCheck={false}
              onChange={(event) => setPattern(event.target.value)}
            />
          </Field>
          <Field label="Group table (CSV)" error={errors.group_csv} help="Two columns, image and group, one image a line. Paste it.">
            <Textarea
              value={csv}
              rows={3}
              className="font-mono text-[13px]"
              spellCheck={false}
              placeholder={'image,group\nA01.tif,patient-7'}
              onChange={(event) => setCsv(event.target.value)}
            />
          </Field>
          <Field
            label="Channel"
            error={errors.channel}
            help="Of images with more than four channels: which one shows the nuclei, from 0."
            className="max-w-40"
          >
            <Input value={channel} inputMode="numeric" onChange={(event) => setChannel(event.target.value)} />
          </Field>
        </div>
      </details>
      {failure !== null && (
        <div className="flex flex-col gap-3">
          <Callout tone="error" title="Nothing was imported">
            {failure.message}
          </Callout>
          {failure.problems.length > 0 && <ProblemTable problems={failure.problems} />}
        </div>
      )}
      <div className="flex min-h-10 flex-wrap items-center gap-3">
        <Button type="submit" variant="primary" size="lg" busy={busy}>
          {sent === null ? 'Import' : sent < 1 ? 'Uploading' : 'Storing'}
        </Button>
        {sent !== null && (
          <>
            <div className="max-w-64 min-w-32 flex-1">
              <Progress value={sent} label="Upload" />
            </div>
            <span className="num text-[13px] text-muted-foreground">{Math.round(sent * 100)} %</span>
            <Button variant="ghost" size="sm" onClick={() => upload.current?.abort()}>
              Cancel
            </Button>
          </>
        )}
      </div>
    </form>
  )
}
