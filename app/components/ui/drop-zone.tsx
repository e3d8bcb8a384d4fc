'use client'

import { File as FileIcon, Upload, X } from 'lucide-react'
import { type DragEvent, useRef, useState } from 'react'
import { Button } from '@/app/components/ui/button.tsx'
import { cn } from '@/app/lib/cn.ts'
import { formatBytes } from '@/app/lib/format.ts'

/** A file by drop or by button; the button alone is enough. */
export function DropZone({
  file,
  onFile,
  accept,
  label,
  hint,
  disabled = false,
  invalid = false,
}: {
  file: File | null
  onFile: (file: File | null) => void
  accept: string
  label: string
  hint: string
  disabled?: boolean
  invalid?: boolean
}) {
  const input = useRef<HTMLInputElement>(null)
  const [over, setOver] = useState(false)
  const drop = (event: DragEvent): void => {
    event.preventDefault()
    setOver(false)
    const dropped = event.dataTransfer.files[0]
    if (dropped !== undefined && !disabled) onFile(dropped)
  }
  return (
    <div
      onDragOver={(event) => {
        event.preventDefault()
        setOver(true)
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
      className={cn(
        'flex min-h-32 flex-col items-center justify-center gap-2 rounded-lg border-2 border-dashed border-border bg-card px-4 py-5 text-center transition-colors',
        over && 'border-primary bg-primary-soft/50',
        invalid && 'border-destructive',
      )}
    >
      <input
        ref={input}
        type="file"
        accept={accept}
        aria-label={label}
        className="sr-only"
        tabIndex={-1}
        disabled={disabled}
        onChange={(event) => {
          onFile(event.target.files?.[0] ?? null)
          event.target.value = ''
        }}
      />
      {file === null ? (
        <>
          <Upload className="size-5 text-muted-foreground" aria-hidden />
          <p className="text-[13px]">
            Drop it here, or{' '}
            <button
              type="button"
              disabled={disabled}
              className="rounded-sm font-medium text-primary underline-offset-4 hover:underline"
              onClick={() => input.current?.click()}
            >
              choose a file
            </button>
          </p>
          <p className="text-xs text-muted-foreground">{hint}</p>
        </>
      ) : (
        <p className="flex max-w-full items-center gap-2 text-[13px]">
          <FileIcon className="size-5 shrink-0 text-primary" aria-hidden />
          <span className="min-w-0 truncate font-medium">{file.name}</span>
          <span className="num shrink-0 text-muted-foreground">{formatBytes(file.size)}</span>
          <Button variant="ghost" size="icon-sm" aria-label={`Do not use ${file.name}`} disabled={disabled} onClick={() => onFile(null)}>
            <X aria-hidden />
          </Button>
        </p>
      )}
    </div>
  )
}
