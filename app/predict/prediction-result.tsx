'use client'

import { Download, RotateCw, ScanSearch } from 'lucide-react'
import { useCallback, useEffect, useMemo, useState } from 'react'
import { toast } from 'sonner'
import { Histogram } from '@/app/components/charts/histogram.tsx'
import { LayerCanvas } from '@/app/components/masks/layer-canvas.tsx'
import type { TileLayers } from '@/app/components/masks/tile-layers.ts'
import { type MaskView, WHOLE } from '@/app/components/masks/view.ts'
import { ZoomButtons } from '@/app/components/masks/zoom-buttons.tsx'
import { Button } from '@/app/components/ui/button.tsx'
import { Callout } from '@/app/components/ui/callout.tsx'
import { Switch } from '@/app/components/ui/checkbox.tsx'
import { EmptyState } from '@/app/components/ui/empty-state.tsx'
import { Stat, StatGrid } from '@/app/components/ui/stat.tsx'
import { errorMessage } from '@/app/lib/client-api.ts'
import { formatCount, formatNumber, NONE, plural } from '@/app/lib/format.ts'
import type { PredictionView } from '@/core/contracts/views.ts'
import { type Format, predictFile, type Which } from './predict-image.ts'
import type { Chosen, Outcome } from './outcome.ts'

const DOWNLOADS: readonly { format: Format; label: string; extension: string; title: string }[] = [
  { format: 'labels', label: 'Labels', extension: 'labels.png', title: '16-bit PNG of the image’s own size, a number a nucleus' },
  { format: 'geojson', label: 'GeoJSON', extension: 'geojson', title: 'Outlines, as QuPath reads them' },
  { format: 'csv', label: 'CSV', extension: 'csv', title: 'Area, diameter, place and mean probability of each nucleus' },
]

export interface PredictionResultProps {
  outcome: Outcome
  chosen: Chosen | null
  model: string
  which: Which
  onAgain: () => void
}

/** The image with the outlines of what was found, and what it measures. */
export function PredictionResult({ outcome, chosen, model, which, onAgain }: PredictionResultProps) {
  const [outlined, setOutlined] = useState(true)
  const [view, setView] = useState<MaskView>(WHOLE)
  const onView = useCallback((change: (before: MaskView) => MaskView) => setView(change), [])
  useEffect(() => setView(WHOLE), [chosen])
  const prediction = outcome.state === 'done' ? outcome.prediction : null
  const bitmap = outcome.state === 'idle' ? null : outcome.bitmap
  const path = useMemo(() => (prediction === null ? null : outlinePath(prediction)), [prediction])
  const layers = useMemo((): TileLayers | null => {
    if (bitmap === null) return null
    const strokes =
      prediction === null || path === null || !outlined
        ? []
        : [{ path, width: prediction.width, height: prediction.height, style: 'predicted' as const }]
    return { image: bitmap, paints: [], strokes }
  }, [bitmap, prediction, path, outlined])

  if (chosen === null && outcome.state === 'idle') {
    return (
      <EmptyState icon={ScanSearch} title="Choose an image" className="min-h-96">
        The nuclei found are outlined here, counted and measured.
      </EmptyState>
    )
  }
  const label =
    prediction === null
      ? `Image ${chosen?.name ?? ''}`
      : `Image ${chosen?.name ?? ''}: ${plural(prediction.count, 'nucleus', 'nuclei')} outlined`
  const failure = outcome.state === 'failed' && (
    <Callout
      tone="error"
      title={outcome.unavailable ? 'The model server does not answer' : 'This image was not segmented'}
      action={
        <Button size="sm" onClick={onAgain}>
          <RotateCw aria-hidden />
          Try again
        </Button>
      }
    >
      {outcome.message}
    </Callout>
  )
  // Nothing to draw: the message alone, not an empty frame.
  if (outcome.state === 'failed' && bitmap === null) return failure
  return (
    <div className="flex min-w-0 flex-col gap-4">
      {failure}
      {prediction?.warnings.map((warning) => (
        <Callout key={warning} tone="warning">
          {warning}
        </Callout>
      ))}
      <StatGrid className="sm:grid-cols-4">
        <Stat label="Nuclei" value={prediction === null ? NONE : formatCount(prediction.count)} />
        <Stat
          label="Median diameter"
          value={prediction?.median_diameter == null ? NONE : `${formatNumber(prediction.median_diameter, 1)} px`}
        />
        <Stat label="Model" value={prediction === null ? NONE : `version ${prediction.version}`} detail={prediction?.model} />
        <Stat
          label="Time"
          value={prediction === null ? NONE : `${formatCount(prediction.milliseconds)} ms`}
          detail={outcome.state === 'done' ? `${formatCount(outcome.totalMs)} ms with transfer` : ''}
        />
      </StatGrid>
      <div>
        <div
          className="relative max-h-[75dvh] min-h-64 w-full overflow-hidden rounded-lg bg-neutral-900"
          style={{ aspectRatio: bitmap === null ? 1.5 : Math.min(2.2, Math.max(1, bitmap.width / bitmap.height)) }}
          aria-busy={outcome.state === 'working'}
          data-testid="prediction"
          data-state={outcome.state}
        >
          <LayerCanvas layers={layers} label={label} view={view} onView={onView} />
          {outcome.state === 'working' && (
            <p role="status" className="absolute bottom-3 left-3 rounded-md bg-black/70 px-2.5 py-1 text-[13px] text-white">
              Segmenting…
            </p>
          )}
        </div>
        <div className="mt-2 flex flex-wrap items-center justify-between gap-x-4 gap-y-2">
          <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
            <ZoomButtons view={view} onView={onView} />
            <label className="flex items-center gap-2 text-[13px]">
              <Switch checked={outlined} onCheckedChange={setOutlined} />
              Outlines
            </label>
          </div>
          <div className="flex flex-wrap items-center gap-2">
            {DOWNLOADS.map(({ format, label: text, extension, title }) => (
              <Button
                key={format}
                size="sm"
                title={title}
                disabled={prediction === null || chosen === null}
                onClick={() => chosen !== null && void download(model, which, chosen, format, extension)}
              >
                <Download aria-hidden />
                {text}
              </Button>
            ))}
          </div>
        </div>
      </div>
      {prediction !== null && prediction.count > 0 && (
        <Histogram
          title="Diameter of the nuclei found"
          unit="px"
          values={prediction.objects.map((object) => object.diameter)}
          of="nuclei"
        />
      )}
    </div>
  )
}

function outlinePath(prediction: PredictionView): Path2D {
  const path = new Path2D()
  for (const { outline } of prediction.objects) {
    outline.forEach(([x, y], i) => (i === 0 ? path.moveTo(x, y) : path.lineTo(x, y)))
    path.closePath()
  }
  return path
}

async function download(model: string, which: Which, chosen: Chosen, format: Format, extension: string): Promise<void> {
  try {
    const url = URL.createObjectURL(await predictFile(model, which, chosen, format))
    const link = document.createElement('a')
    link.href = url
    link.download = `${chosen.name.replace(/\.[^.]+$/, '')}.${extension}`
    link.click()
    setTimeout(() => URL.revokeObjectURL(url), 10_000)
  } catch (thrown) {
    toast.error(errorMessage(thrown))
  }
}
