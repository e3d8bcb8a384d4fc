import { Table, TableBody, TableHead, TableRow, Td, Th } from '@/app/components/ui/table.tsx'

export interface Problem {
  file: string
  reason: string
}

const SHOWN = 200

/** What is wrong with an import, file by file. */
export function ProblemTable({ problems }: { problems: readonly Problem[] }) {
  return (
    <div className="overflow-hidden rounded-lg border border-border bg-card">
      <div className="max-h-96 overflow-y-auto">
        <Table label="Files with errors">
          <TableHead className="sticky top-0 z-10 bg-card">
            <tr>
              <Th>File</Th>
              <Th>What is wrong, and what to do</Th>
            </tr>
          </TableHead>
          <TableBody>
            {problems.slice(0, SHOWN).map((problem, i) => (
              <TableRow key={`${problem.file}-${i}`}>
                <Td className="max-w-80 align-top font-mono text-xs break-all">{problem.file}</Td>
                <Td className="align-top">{problem.reason}</Td>
              </TableRow>
            ))}
          </TableBody>
        </Table>
      </div>
      {problems.length > SHOWN && (
        <p className="border-t border-border px-3 py-2 text-xs text-muted-foreground">
          The first {SHOWN} of {problems.length}.
        </p>
      )}
    </div>
  )
}
