import { useState } from 'react'
import { Field } from '@/app/components/ui/field.tsx'
import { Input } from '@/app/components/ui/input.tsx'
import { formatNumber } from '@/app/lib/format.ts'
import type { ModelSpec } from '@/core/contracts/model-spec.ts'

export interface DiameterFieldProps {
  value: string
  /** Called with what was typed once it is done: every change predicts anew. */
  onChange: (value: string) => void
  isValid: (text: string) => boolean
  spec: ModelSpec | undefined
}

/** How large the nuclei of the image are, where that is not what the model was trained on. */
export function DiameterField({ value, onChange, isValid, spec }: DiameterFieldProps) {
  const [text, setText] = useState(value)
  const done = (): void => {
    const trimmed = text.trim()
    if (trimmed === '' || isValid(trimmed)) onChange(trimmed)
  }
  const takes = spec?.sampling === 'crop'
  return (
    <Field
      label="Nucleus diameter in pixels (optional)"
      help={helpOf(spec)}
      error={text.trim() === '' || isValid(text.trim()) ? undefined : 'A number of pixels, e.g. 20.'}
    >
      <Input
        inputMode="decimal"
        placeholder="as it is"
        value={takes ? text : ''}
        disabled={!takes}
        onChange={(event) => setText(event.target.value)}
        onBlur={done}
        onKeyDown={(event) => {
          if (event.key === 'Enter') done()
        }}
      />
    </Field>
  )
}

function helpOf(spec: ModelSpec | undefined): string | undefined {
  if (spec === undefined) return undefined
  const { p10, p90 } = spec.trained_diameters
  return spec.sampling === 'crop'
    ? `Of a typical nucleus in this image, which is scaled to match. The model was trained on ${formatNumber(p10, 0)} to ${formatNumber(p90, 0)} px.`
    : `This model scales every image to ${spec.image_size} × ${spec.image_size}, so that a diameter changes nothing.`
}
