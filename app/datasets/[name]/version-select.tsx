'use client'

import { useRouter } from 'next/navigation'
import { Select } from '@/app/components/ui/input.tsx'
import { formatCount } from '@/app/lib/format.ts'
import type { DatasetView } from '@/core/contracts/views.ts'

export function VersionSelect({ name, version, versions }: { name: string; version: number; versions: DatasetView['versions'] }) {
  const router = useRouter()
  return (
    <Select
      aria-label="Version"
      className="w-60"
      value={String(version)}
      disabled={versions.length === 1}
      onChange={(event) => router.push(`/datasets/${encodeURIComponent(name)}?version=${event.target.value}`)}
    >
      {versions.map((one, i) => (
        <option key={one.version} value={String(one.version)}>
          Version {one.version}
          {i === 0 && versions.length > 1 ? ', newest' : ''} · {formatCount(one.image_count)} images
        </option>
      ))}
    </Select>
  )
}
