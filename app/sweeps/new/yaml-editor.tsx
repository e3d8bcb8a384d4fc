'use client'

import { useRef } from 'react'
import { FieldError } from '@/app/components/ui/field.tsx'
import { cn } from '@/app/lib/cn.ts'
import { type FieldErrors } from './validate.ts'
import { lineOf, type YamlError } from './yaml-sync.ts'

/** The sweep as text, with the lines that are wrong marked beside their numbers. */
export function YamlEditor({
  text,
  error,
  fields,
  onChange,
}: {
  text: string
  error: YamlError | null
  fields: FieldErrors
  onChange: (text: string) => void
}) {
  const gutter = useRef<HTMLDivElement>(null)
  const problems =
    error !== null
      ? [error]
      : Object.entries(fields).map(([field, message]) => ({
          line: lineOf(text, field),
          message: field === '' ? message : `${field}: ${message}`,
        }))
  const wrong = new Set(problems.map((problem) => problem.line))
  const lines = text.split('\n').length
  return (
    <div className="flex flex-col gap-2">
      <div
        className={cn(
          'flex h-[27rem] overflow-hidden rounded-lg border bg-card font-mono text-[13px] leading-5',
          problems.length > 0 ? 'border-destructive' : 'border-input',
        )}
      >
        <div
          ref={gutter}
          aria-hidden
          className="num w-11 shrink-0 overflow-hidden border-r border-border bg-muted/60 py-2 text-right text-xs leading-5 text-muted-foreground select-none"
        >
          {Array.from({ length: lines }, (_, i) => (
            <div key={i} className={cn('px-2', wrong.has(i + 1) && 'bg-destructive-soft font-semibold text-destructive')}>
              {i + 1}
            </div>
          ))}
          <div className="h-40" />
        </div>
        <textarea
          aria-label="Sweep file (YAML)"
          aria-invalid={problems.length > 0 || undefined}
          aria-describedby={problems.length > 0 ? 'yaml-problems' : undefined}
          value={text}
          wrap="off"
          spellCheck={false}
          autoCapitalize="off"
          autoComplete="off"
          className="min-w-0 flex-1 resize-none bg-transparent px-3 py-2 leading-5 focus-visible:outline-offset-[-2px]"
          onChange={(event) => onChange(event.target.value)}
          onScroll={(event) => {
            if (gutter.current !== null) gutter.current.scrollTop = event.currentTarget.scrollTop
          }}
        />
      </div>
      <div id="yaml-problems" className="flex min-h-10 flex-col gap-1">
        {problems.map((problem) => (
          <FieldError key={`${problem.line} ${problem.message}`}>
            Line {problem.line}: {problem.message}
          </FieldError>
        ))}
      </div>
    </div>
  )
}
