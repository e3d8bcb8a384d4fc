import { Images } from 'lucide-react'
import Link from 'next/link'
import { formatCount, plural } from '@/app/lib/format.ts'
import { type DatasetView } from '@/core/contracts/views.ts'
import { SyntheticBadge } from '../ui/badge.tsx'
import { Card, CardContent, CardHeader, CardTitle } from '../ui/card.tsx'
import { TextLink } from '../ui/text-link.tsx'

export function Datasets({ datasets }: { datasets: readonly DatasetView[] }) {
  return (
    <Card>
      <CardHeader>
        <CardTitle>Datasets</CardTitle>
        <TextLink href="/datasets/import">Import</TextLink>
      </CardHeader>
      <CardContent>
        <ul className="flex flex-col gap-2.5">
          {datasets.slice(0, 5).map((dataset) => (
            <li key={dataset.name} className="flex items-start gap-2.5 text-[13px]">
              <Images className="mt-0.5 size-4 shrink-0 text-muted-foreground" aria-hidden />
              <div className="min-w-0 flex-1">
                <Link
                  href={`/datasets/${encodeURIComponent(dataset.name)}`}
                  className="block truncate rounded-sm font-medium hover:text-primary hover:underline"
                >
                  {dataset.name}
                </Link>
                <p className="num truncate text-xs text-muted-foreground">
                  {plural(dataset.latest.image_count, 'image')}, {formatCount(dataset.latest.object_count)} nuclei, version{' '}
                  {dataset.latest.version}
                </p>
              </div>
              {dataset.synthetic && <SyntheticBadge />}
            </li>
          ))}
        </ul>
        {datasets.length > 5 && (
          <TextLink href="/datasets" className="mt-3 inline-block">
            All {datasets.length}
          </TextLink>
        )}
      </CardContent>
    </Card>
  )
}
