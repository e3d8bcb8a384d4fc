import { writeImage } from '../../core/datasets/read-image.ts'
import { writeLabels } from '../../core/datasets/label-image.ts'
import type { ModelSpec } from '../../core/contracts/model-spec.ts'
import type { PredictionView } from '../../core/contracts/views.ts'
import { sizeWarning } from '../../core/segmentation/diameter.ts'
import type { LabelMap } from '../../core/segmentation/image.ts'
import { objectShapes } from '../../core/segmentation/labels.ts'
import { type Outline, outlines, outlinesToGeoJson } from '../../core/segmentation/outlines.ts'
import type { Format, PredictAnswer, Target } from './messages.ts'

export interface Rendering {
  labels: LabelMap
  /** 1 - P(background), one value a pixel. */
  foreground: Float32Array
  spec: ModelSpec
  target: Pick<Target, 'model' | 'version'>
  format: Format
  /** What the image was scaled by for the network. */
  scale: number
  /** By `performance.now()`. */
  startedAt: number
}

type PredictedObject = PredictionView['objects'][number]

/** A prediction in the form that was asked for. */
export async function render({ labels, foreground, spec, target, format, scale, startedAt }: Rendering): Promise<PredictAnswer> {
  const shapes = outlines(labels)
  const objects = measure(labels, foreground, shapes)
  const medianDiameter = median(objects.map((object) => object.diameter))
  const warnings = warningsOf(spec, objects.length, medianDiameter, scale)
  const answer = (contentType: string, body: Uint8Array | string): PredictAnswer => ({
    contentType,
    body: typeof body === 'string' ? Buffer.from(body) : body,
    count: objects.length,
    warnings,
  })
  switch (format) {
    case 'json': {
      const view: PredictionView = {
        model: target.model,
        version: target.version,
        width: labels.width,
        height: labels.height,
        count: objects.length,
        median_diameter: medianDiameter,
        scale,
        warnings,
        milliseconds: Math.round(performance.now() - startedAt),
        objects,
      }
      return answer('application/json; charset=utf-8', JSON.stringify(view))
    }
    case 'mask': {
      const data = new Uint8Array(labels.data.length)
      for (let i = 0; i < data.length; i++) data[i] = labels.data[i] === 0 ? 0 : 255
      return answer('image/png', await writeImage({ width: labels.width, height: labels.height, channels: 1, data }))
    }
    case 'labels':
      return answer('image/png', await writeLabels(labels))
    case 'geojson':
      return answer('application/geo+json', JSON.stringify(toGeoJson(shapes, objects)))
    case 'csv':
      return answer('text/csv; charset=utf-8', toCsv(objects))
    default:
      throw new Error(`unknown format ${String(format satisfies never)}`)
  }
}

function measure(labels: LabelMap, foreground: Float32Array, shapes: readonly Outline[]): PredictedObject[] {
  const found = objectShapes(labels)
  const sums = new Float64Array((found.at(-1)?.label ?? 0) + 1)
  for (let i = 0; i < labels.data.length; i++) {
    const label = labels.data[i] ?? 0
    if (label !== 0) sums[label] = (sums[label] ?? 0) + (foreground[i] ?? 0)
  }
  const ringOf = new Map(shapes.map((outline) => [outline.label, longestRing(outline)]))
  return found.map(({ label, area, diameter, centroid, box }) => ({
    label,
    area,
    diameter: round(diameter, 2),
    centroid: [round(centroid.x, 2), round(centroid.y, 2)],
    box: [box.left, box.top, box.right - box.left, box.bottom - box.top],
    mean_probability: round((sums[label] ?? 0) / area, 4),
    outline: ringOf.get(label) ?? [],
  }))
}

/** The outer ring around most of an object (pieces that touch at a corner alone are rings of their own), closed. */
function longestRing(outline: Outline): [number, number][] {
  const outer = outline.rings.filter((ring) => !ring.hole).toSorted((a, b) => b.points.length - a.points.length)[0]
  if (outer === undefined) return []
  const ring: [number, number][] = []
  for (let p = 0; p < outer.points.length; p += 2) ring.push([outer.points[p] ?? 0, outer.points[p + 1] ?? 0])
  const first = ring[0]
  if (first !== undefined) ring.push([...first])
  return ring
}

/** QuPath shows `measurements` in its tables; other readers find the same under plain names. */
function toGeoJson(shapes: Outline[], objects: readonly PredictedObject[]): object {
  const byLabel = new Map(objects.map((object) => [object.label, object]))
  const collection = outlinesToGeoJson(shapes)
  return {
    ...collection,
    features: collection.features.map((feature) => {
      const object = byLabel.get(feature.properties.label)
      if (object === undefined) return feature
      const { area, diameter, mean_probability } = object
      return {
        ...feature,
        properties: {
          ...feature.properties,
          area,
          diameter,
          mean_probability,
          measurements: { 'Area px^2': area, 'Diameter px': diameter, 'Mean probability': mean_probability },
        },
      }
    }),
  }
}

function toCsv(objects: readonly PredictedObject[]): string {
  const rows = objects.map(({ label, area, diameter, centroid, box, mean_probability }) =>
    [label, area, diameter, ...centroid, ...box, mean_probability].join(','),
  )
  return `${['label,area_px,diameter_px,centroid_x,centroid_y,box_x,box_y,box_width,box_height,mean_probability', ...rows].join('\n')}\n`
}

function median(values: readonly number[]): number | null {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length / 2
  const high = sorted[Math.floor(middle)]
  if (high === undefined) return null
  return sorted.length % 2 === 1 ? high : round((high + (sorted[middle - 1] ?? high)) / 2, 2)
}

function warningsOf(spec: ModelSpec, count: number, medianDiameter: number | null, scale: number): string[] {
  if (count === 0 || medianDiameter === null) return ['No nuclei were found. Is this the kind of image that the model was trained on?']
  const warning = sizeWarning(spec, medianDiameter, scale)
  return warning === null ? [] : [warning]
}

function round(value: number, digits: number): number {
  const factor = 10 ** digits
  return Math.round(value * factor) / factor
}
