'use client'

import { Download, FolderOpen } from 'lucide-react'
import { Callout } from '@/app/components/ui/callout.tsx'
import { Card } from '@/app/components/ui/card.tsx'
import { EmptyState } from '@/app/components/ui/empty-state.tsx'
import { Skeleton } from '@/app/components/ui/skeleton.tsx'
import { Table, TableBody, TableHead, TableRow, Td, Th } from '@/app/components/ui/table.tsx'
import { Ago } from '@/app/components/ui/time.tsx'
import { formatBytes, NONE, plural } from '@/app/lib/format.ts'
import { useApi } from '@/app/lib/use-api.ts'
import { type ArtifactView } from '@/core/contracts/views.ts'

const KINDS: Record<string, string> = {
  model: 'Best model',
  checkpoint: 'Checkpoints',
  log: 'Log',
  file: 'Files',
  probability: 'Probability maps',
  border: 'Border maps',
}
const ORDER = Object.keys(KINDS)

/** What the run wrote, by kind, each file to download. */
export function FilesTab({ runId, refresh }: { runId: string; refresh: unknown }) {
  const { data, error } = useApi<{ artifacts: ArtifactView[] }>(`runs/${runId}/artifacts`, refresh)
  if (error !== undefined) return <Callout tone="error">{error}</Callout>
  if (data === undefined) return <Skeleton className="h-64" />
  if (data.artifacts.length === 0) {
    return (
      <EmptyState icon={FolderOpen} title="No files yet">
        The log, checkpoints and masks appear here as the run writes them.
      </EmptyState>
    )
  }
  const kinds = [...new Set(data.artifacts.map((file) => file.kind))].sort((a, b) => ORDER.indexOf(a) - ORDER.indexOf(b))
  return (
    <div className="flex flex-col gap-3">
      {kinds.map((kind) => {
        const files = data.artifacts.filter((file) => file.kind === kind)
        const size = files.reduce((sum, file) => sum + file.size, 0)
        return (
          <Card key={kind}>
            <details open={files.length <= 12}>
              <summary className="flex min-h-10 cursor-pointer items-center gap-2 px-4 py-2 text-sm font-semibold">
                {KINDS[kind] ?? kind}
                <span className="num ml-auto text-xs font-normal text-muted-foreground">
                  {plural(files.length, 'file')}, {formatBytes(size)}
                </span>
              </summary>
              <div className="max-h-[32rem] overflow-y-auto border-t border-border">
                <Table label={KINDS[kind] ?? kind} className="min-w-2xl table-fixed">
                  <colgroup>
                    <col />
                    <col className="w-28" />
                    <col className="w-28" />
                    <col className="w-32" />
                    <col className="w-14" />
                  </colgroup>
                  <TableHead className="sr-only">
                    <tr>
                      <Th>Name</Th>
                      <Th>Epoch</Th>
                      <Th>Size</Th>
                      <Th>Written</Th>
                      <Th>Download</Th>
                    </tr>
                  </TableHead>
                  <TableBody>
                    {files.map((file) => (
                      <TableRow key={file.artifact_id}>
                        <Td className="h-9 py-1 font-mono text-xs break-all">{file.name}</Td>
                        <Td className="num h-9 py-1 whitespace-nowrap text-muted-foreground">
                          {file.epoch === null ? NONE : `epoch ${file.epoch}`}
                        </Td>
                        <Td numeric className="h-9 py-1 whitespace-nowrap">
                          {formatBytes(file.size)}
                        </Td>
                        <Td className="h-9 py-1 whitespace-nowrap text-muted-foreground">
                          <Ago at={file.created_at} />
                        </Td>
                        <Td className="h-9 w-10 py-1">
                          <a
                            href={`/api/v1/artifacts/${file.artifact_id}`}
                            download={file.name.split('/').at(-1)}
                            aria-label={`Download ${file.name}`}
                            className="inline-flex size-7 items-center justify-center rounded-md text-muted-foreground hover:bg-accent hover:text-foreground"
                          >
                            <Download className="size-4" aria-hidden />
                          </a>
                        </Td>
                      </TableRow>
                    ))}
                  </TableBody>
                </Table>
              </div>
            </details>
          </Card>
        )
      })}
    </div>
  )
}
