'use client'

import { useCallback, useMemo, useState } from 'react'
import { type SweepDraft, toDraft, toSpec } from './draft.ts'
import { type FieldErrors, validateSweep } from './validate.ts'
import { formatYaml, mergeYaml, parseYaml, type YamlError } from './yaml-sync.ts'

interface State {
  draft: SweepDraft
  yaml: string
  /** What is checked and sent: of the form or of the text, whichever was edited last. */
  spec: Record<string, unknown>
  /** Where the text cannot be read; the form then keeps what it was. */
  yamlError: YamlError | null
  serverErrors: FieldErrors
}

export interface SweepFormState extends Omit<State, 'serverErrors'> {
  errors: FieldErrors
  valid: boolean
  edit: (change: (draft: SweepDraft) => SweepDraft) => void
  editYaml: (text: string) => void
  /** Begins again with a sweep file's content. */
  replace: (spec: Record<string, unknown>) => void
  setServerErrors: (errors: FieldErrors) => void
}

const from = (spec: Record<string, unknown>): State => {
  const draft = toDraft(spec)
  const clean = toSpec(draft)
  return { draft, yaml: formatYaml(clean), spec: clean, yamlError: null, serverErrors: {} }
}

/** One sweep in two forms that stay in step: fields and YAML. Each edit of one rewrites the other. */
export function useSweepForm(initial: Record<string, unknown>): SweepFormState {
  const [state, setState] = useState(() => from(initial))

  const edit = useCallback((change: (draft: SweepDraft) => SweepDraft) => {
    setState((before) => {
      const draft = change(before.draft)
      const spec = toSpec(draft)
      return { draft, spec, yaml: mergeYaml(before.yaml, spec), yamlError: null, serverErrors: {} }
    })
  }, [])
  const editYaml = useCallback((text: string) => {
    setState((before) => {
      const parsed = parseYaml(text)
      if (parsed.error !== null) return { ...before, yaml: text, yamlError: parsed.error, serverErrors: {} }
      return { draft: toDraft(parsed.spec), spec: parsed.spec, yaml: text, yamlError: null, serverErrors: {} }
    })
  }, [])
  const replace = useCallback((spec: Record<string, unknown>) => setState(from(spec)), [])
  const setServerErrors = useCallback((serverErrors: FieldErrors) => setState((before) => ({ ...before, serverErrors })), [])

  const own = useMemo(() => validateSweep(state.spec), [state.spec])
  return {
    ...state,
    errors: { ...state.serverErrors, ...own },
    valid: state.yamlError === null && Object.keys(own).length === 0,
    edit,
    editYaml,
    replace,
    setServerErrors,
  }
}
