'use client'

import { ImageOff } from 'lucide-react'
import { useDeferredValue, useEffect, useMemo, useRef, useState } from 'react'
import { MaskTile } from '@/app/components/masks/mask-tile.tsx'
import { Badge } from '@/app/components/ui/badge.tsx'
import { Button } from '@/app/components/ui/button.tsx'
import { Switch } from '@/app/components/ui/checkbox.tsx'
import { EmptyState } from '@/app/components/ui/empty-state.tsx'
import { Input, Select } from '@/app/components/ui/input.tsx'
import { formatCount, plural } from '@/app/lib/format.ts'
import { type DatasetImageView, type Side, SIDES } from '@/core/contracts/views.ts'
import { filterImages, type ImageFilter, type ImageOrder, orderImages } from './filter-images.ts'
import { ImageDialog } from './image-dialog.tsx'
import { SIDE_LABELS } from './sides.ts'

const PAGE = 48

/** Every image with the outlines of its nuclei; filters act at once. */
export function ImageBrowser({ images, total, synthetic }: { images: readonly DatasetImageView[]; total: number; synthetic: boolean }) {
  const [filter, setFilter] = useState<ImageFilter>({ side: null, stratum: null, group: null, text: '' })
  const [order, setOrder] = useState<ImageOrder>('import')
  const [outlined, setOutlined] = useState(true)
  const [count, setCount] = useState(PAGE)
  const [open, setOpen] = useState<string | null>(null)
  const deferred = useDeferredValue(filter)
  const found = useMemo(() => orderImages(filterImages(images, deferred), order), [images, deferred, order])
  const strata = useMemo(() => [...new Set(images.map((image) => image.stratum))].sort(), [images])
  const change = (part: Partial<ImageFilter>): void => {
    setFilter((before) => ({ ...before, ...part }))
    setCount(PAGE)
  }
  const at = found.findIndex((image) => image.image_id === open)
  return (
    <section aria-labelledby="images" className="mt-2">
      <div className="mb-3 flex flex-wrap items-center gap-x-4 gap-y-2">
        <h2 id="images" className="text-base font-semibold">
          Images
        </h2>
        <label className="flex items-center gap-2 text-[13px]">
          <Switch checked={outlined} onCheckedChange={setOutlined} />
          Outlines of the truth
        </label>
        <div className="ml-auto flex flex-wrap items-center gap-2">
          <Input
            type="search"
            aria-label="Find images by name or group"
            placeholder="Name or group"
            className="w-44"
            value={filter.text}
            onChange={(event) => change({ text: event.target.value })}
          />
          <Select
            aria-label="Side"
            className="w-36"
            value={filter.side ?? ''}
            onChange={(event) => change({ side: event.target.value === '' ? null : (event.target.value as Side) })}
          >
            <option value="">All sides</option>
            {SIDES.map((side) => (
              <option key={side} value={side}>
                {SIDE_LABELS[side]}
              </option>
            ))}
          </Select>
          <Select
            aria-label="Stratum"
            className="w-40"
            value={filter.stratum ?? ''}
            onChange={(event) => change({ stratum: event.target.value === '' ? null : event.target.value })}
          >
            <option value="">All strata</option>
            {strata.map((stratum) => (
              <option key={stratum}>{stratum}</option>
            ))}
          </Select>
          <Select aria-label="Order" className="w-44" value={order} onChange={(event) => setOrder(event.target.value as ImageOrder)}>
            <option value="import">Order of import</option>
            <option value="group">By group</option>
            <option value="most">Most nuclei first</option>
            <option value="fewest">Fewest nuclei first</option>
            <option value="hard">Lowest baseline Dice first</option>
          </Select>
        </div>
      </div>
      <p className="mb-2 flex min-h-6 flex-wrap items-center gap-2 text-[13px] text-muted-foreground" aria-live="polite">
        {found.length === images.length
          ? plural(images.length, 'image')
          : `${formatCount(found.length)} of ${plural(images.length, 'image')}`}
        {images.length < total && `; the first ${formatCount(images.length)} of ${formatCount(total)} can be browsed here`}
        {filter.group !== null && (
          <Button variant="ghost" size="sm" onClick={() => change({ group: null })}>
            Group {filter.group} ✕<span className="sr-only"> Show all groups</span>
          </Button>
        )}
      </p>
      {found.length === 0 ? (
        <EmptyState
          icon={ImageOff}
          title="No image fits these filters"
          action={<Button onClick={() => change({ side: null, stratum: null, group: null, text: '' })}>Clear filters</Button>}
        />
      ) : (
        <ul className="grid grid-cols-2 gap-3 sm:grid-cols-3 md:grid-cols-4 lg:grid-cols-5 xl:grid-cols-6 2xl:grid-cols-8">
          {found.slice(0, count).map((image) => (
            <Thumbnail key={image.image_id} image={image} outlined={outlined} onOpen={() => setOpen(image.image_id)} />
          ))}
        </ul>
      )}
      {found.length > count && (
        <div className="mt-4 flex justify-center gap-2">
          <Button onClick={() => setCount(count + PAGE)}>Show {Math.min(PAGE, found.length - count)} more</Button>
        </div>
      )}
      <ImageDialog
        // An image whose stratum was corrected may fit the filter no longer; it stays open all the same.
        image={found[at] ?? images.find((image) => image.image_id === open) ?? null}
        strata={strata}
        synthetic={synthetic}
        position={at === -1 ? '' : `${at + 1} of ${found.length}`}
        outlined={outlined}
        onOutlined={setOutlined}
        onClose={() => setOpen(null)}
        onMove={(by) => setOpen(found[(at + by + found.length) % found.length]?.image_id ?? null)}
        onGroup={(group) => {
          setOpen(null)
          change({ group })
        }}
      />
    </section>
  )
}

function Thumbnail({ image, outlined, onOpen }: { image: DatasetImageView; outlined: boolean; onOpen: () => void }) {
  const holder = useRef<HTMLLIElement>(null)
  const [near, setNear] = useState(false)
  useEffect(() => {
    if (holder.current === null) return
    const observer = new IntersectionObserver((entries) => setNear(entries.some((entry) => entry.isIntersecting)), {
      rootMargin: '300px 0px',
    })
    observer.observe(holder.current)
    return () => observer.disconnect()
  }, [])
  return (
    <li ref={holder} className="min-w-0">
      <button
        type="button"
        onClick={onOpen}
        aria-label={`Open image ${image.name}, ${plural(image.object_count, 'nucleus', 'nuclei')}`}
        className="block w-full rounded-md transition-opacity hover:opacity-85"
      >
        {near ? (
          <MaskTile
            imageId={image.image_id}
            imageWidth={image.width}
            imageHeight={image.height}
            kind={outlined ? 'truth' : 'image'}
            mode={outlined ? 'outline' : 'raw'}
            size={320}
            label={`Image ${image.name}`}
          />
        ) : (
          <span className="block aspect-square rounded-md bg-neutral-900" />
        )}
      </button>
      <p className="mt-1 truncate text-xs font-medium" title={image.name}>
        {image.name}
      </p>
      <p className="num flex items-center gap-1.5 text-xs text-muted-foreground">
        {plural(image.object_count, 'nucleus', 'nuclei')}
        {image.side === 'test' && (
          <Badge variant="outline" className="ml-auto h-4.5 px-1.5">
            test
          </Badge>
        )}
      </p>
    </li>
  )
}
