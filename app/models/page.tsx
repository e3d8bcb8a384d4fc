import { Boxes, Trophy } from 'lucide-react'
import { type Metadata } from 'next'
import Link from 'next/link'
import { Badge } from '@/app/components/ui/badge.tsx'
import { Button } from '@/app/components/ui/button.tsx'
import { Card } from '@/app/components/ui/card.tsx'
import { EmptyState } from '@/app/components/ui/empty-state.tsx'
import { Page, PageHeader } from '@/app/components/ui/page-header.tsx'
import { Table, TableBody, TableHead, TableRow, Td, Th } from '@/app/components/ui/table.tsx'
import { Ago } from '@/app/components/ui/time.tsx'
import { formatBytes, formatNumber, NONE, plural } from '@/app/lib/format.ts'
import type { ModelVersionView, ModelView } from '@/core/contracts/views.ts'
import { listModels } from '@/model-registry/list-models.ts'
import { championOf } from './champion-of.ts'

export const metadata: Metadata = { title: 'Models' }

export default async function ModelsPage() {
  const models = await listModels()
  const now = Date.now()
  return (
    <Page>
      <PageHeader
        title="Models"
        description="What was promoted, when, by whom and why. The champion of each is what the model server answers with."
      />
      {models.length === 0 ? (
        <EmptyState
          icon={Boxes}
          title="No model is registered yet"
          action={
            <>
              <Button asChild variant="primary">
                <Link href="/runs">Choose a run to promote</Link>
              </Button>
              <Button asChild>
                <Link href="/sweeps/new">New sweep</Link>
              </Button>
            </>
          }
        >
          “Promote” on a finished run sets it beside the champion, asks for a reason, and registers a version with everything that it needs
          to predict.
        </EmptyState>
      ) : (
        <Card className="overflow-hidden">
          <Table label="Registered models">
            <TableHead>
              <tr>
                <Th>Model</Th>
                <Th>Champion</Th>
                <Th>Other aliases</Th>
                <Th>Dataset</Th>
                <Th numeric>Dice</Th>
                <Th numeric>AP50</Th>
                <Th numeric>Size</Th>
                <Th numeric>Versions</Th>
                <Th>Registered</Th>
              </tr>
            </TableHead>
            <TableBody>
              {models.map((model) => (
                <ModelRow key={model.name} model={model} now={now} />
              ))}
            </TableBody>
          </Table>
        </Card>
      )}
    </Page>
  )
}

function ModelRow({ model, now }: { model: ModelView; now: number }) {
  const champion = championOf(model)
  const shown: ModelVersionView | undefined = champion ?? model.versions[0]
  const others = Object.entries(model.aliases).filter(([alias]) => alias !== 'champion')
  return (
    <TableRow>
      <Td>
        <Link href={`/models/${model.name}`} className="rounded-sm font-medium text-foreground hover:text-primary hover:underline">
          {model.name}
        </Link>
      </Td>
      <Td>
        {champion === undefined ? (
          <span className="text-muted-foreground">none yet</span>
        ) : (
          <Badge variant="primary">
            <Trophy aria-hidden />
            version {champion.version}
          </Badge>
        )}
      </Td>
      <Td>
        <span className="flex flex-wrap gap-1">
          {others.length === 0
            ? NONE
            : others.map(([alias, version]) => (
                <Badge key={alias} variant="outline">
                  {alias} → {version}
                </Badge>
              ))}
        </span>
      </Td>
      <Td className="max-w-52 truncate">{shown?.dataset ?? NONE}</Td>
      <Td numeric>{formatNumber(shown?.metrics['val/dice'], 3)}</Td>
      <Td numeric>{formatNumber(shown?.metrics['val/ap50'], 3)}</Td>
      <Td numeric>{shown === undefined ? NONE : formatBytes(shown.size)}</Td>
      <Td numeric>
        <span className="sr-only">{plural(model.versions.length, 'version')}</span>
        <span aria-hidden>{model.versions.length}</span>
      </Td>
      <Td className="whitespace-nowrap text-muted-foreground">{shown === undefined ? NONE : <Ago at={shown.created_at} now={now} />}</Td>
    </TableRow>
  )
}
