import { Field } from '@/app/components/ui/field.tsx'
import { Select } from '@/app/components/ui/input.tsx'

/** Which channel of an image of many shows the nuclei. */
export function ChannelField({
  count,
  value,
  onChange,
}: {
  count: number
  value: number | undefined
  onChange: (channel: number) => void
}) {
  return (
    <Field label="Channel" help={`The image has ${count}: which one shows the nuclei?`}>
      <Select value={value ?? ''} onChange={(event) => onChange(Number(event.target.value))}>
        <option value="" disabled>
          Choose…
        </option>
        {Array.from({ length: count }, (_, channel) => (
          <option key={channel} value={channel}>
            channel {channel}
          </option>
        ))}
      </Select>
    </Field>
  )
}
