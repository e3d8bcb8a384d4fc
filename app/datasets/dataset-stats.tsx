import { formatCount } from '@/app/lib/format.ts'
import type { DatasetVersionView } from '@/core/contracts/views.ts'

/** Images, nuclei, groups: three figures in a line. */
export function DatasetStats({ version }: { version: Pick<DatasetVersionView, 'image_count' | 'object_count' | 'group_count'> }) {
  const figures = [
    [formatCount(version.image_count), version.image_count === 1 ? 'image' : 'images'],
    [formatCount(version.object_count), version.object_count === 1 ? 'nucleus' : 'nuclei'],
    [formatCount(version.group_count), version.group_count === 1 ? 'group' : 'groups'],
  ] as const
  return (
    <dl className="flex flex-wrap gap-x-5 gap-y-1">
      {figures.map(([value, label]) => (
        <div key={label} className="flex items-baseline gap-1.5">
          <dd className="num text-sm font-semibold">{value}</dd>
          <dt className="order-last text-xs text-muted-foreground">{label}</dt>
        </div>
      ))}
    </dl>
  )
}
