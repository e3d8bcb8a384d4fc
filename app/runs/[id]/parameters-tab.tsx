import { Card } from '@/app/components/ui/card.tsx'
import { Table, TableBody, TableHead, TableRow, Td, Th } from '@/app/components/ui/table.tsx'
import { formatParam } from '@/app/lib/format.ts'
import { DEFAULT_RUN_PARAMETERS, RUN_PARAMETER_INFO } from '@/core/contracts/run-parameters.ts'
import { type RunView } from '@/core/contracts/views.ts'

const LABELS = new Map<string, string>(RUN_PARAMETER_INFO.map((info) => [info.name, info.label]))
const ORDER = new Map<string, number>(RUN_PARAMETER_INFO.map((info, i) => [info.name, i]))
const DEFAULTS: Record<string, unknown> = DEFAULT_RUN_PARAMETERS

/** Every parameter, those that differ from the default marked in bold. */
export function ParametersTab({ params }: { params: RunView['params'] }) {
  const rows = Object.entries(params).sort(([a], [b]) => (ORDER.get(a) ?? 999) - (ORDER.get(b) ?? 999) || a.localeCompare(b))
  if (rows.length === 0) return <p className="text-muted-foreground">This run logged no parameters.</p>
  return (
    <Card className="max-w-3xl">
      <Table label="Parameters">
        <TableHead>
          <tr>
            <Th>Parameter</Th>
            <Th>Name in files</Th>
            <Th>Value</Th>
            <Th>Default</Th>
          </tr>
        </TableHead>
        <TableBody>
          {rows.map(([key, value]) => {
            const differs = key in DEFAULTS && DEFAULTS[key] !== value
            return (
              <TableRow key={key}>
                <Td>{LABELS.get(key) ?? key}</Td>
                <Td className="font-mono text-xs text-muted-foreground">{key}</Td>
                <Td className={differs ? 'num font-semibold' : 'num'}>{formatParam(value)}</Td>
                <Td className="num text-muted-foreground">{key in DEFAULTS ? formatParam(DEFAULTS[key] as string | number) : ''}</Td>
              </TableRow>
            )
          })}
        </TableBody>
      </Table>
    </Card>
  )
}
