import { describe, expect, it } from 'vitest'
import { connectedComponents } from '../../../core/segmentation/components.ts'
import { borderMap, contactMap, countObjects, dropSmall, labelAreas, objectShapes, relabel } from '../../../core/segmentation/labels.ts'
import { outlinePath, outlines, outlinesToGeoJson } from '../../../core/segmentation/outlines.ts'
import { drawn, labelsOf, maskOf, picture } from './drawing.ts'

describe('connected components', () => {
  const mask = maskOf(`
    1.1.1
    1.1..
    111.1
    ....1
    1..1.`)

  it('join by sides', () => {
    const { labels, count } = connectedComponents(mask, 4)
    expect(count).toBe(5)
    expect(drawn(labels)).toBe(
      picture(`
      1.1.2
      1.1..
      111.3
      ....3
      4..5.`),
    )
  })

  it('join by corners too', () => {
    const { labels, count } = connectedComponents(mask, 8)
    expect(count).toBe(4)
    expect(drawn(labels)).toBe(
      picture(`
      1.1.2
      1.1..
      111.3
      ....3
      4..3.`),
    )
  })

  it('find none in an empty mask and survive many', () => {
    expect(connectedComponents(maskOf('...')).count).toBe(0)
    const width = 600
    const data = Uint8Array.from({ length: width * width }, (_, i) => ((i % width) + Math.floor(i / width)) % 2)
    const { count, labels } = connectedComponents({ width, height: width, data }, 4)
    expect(count).toBe((width * width) / 2)
    expect(labels.data).toBeInstanceOf(Uint32Array)
    expect(connectedComponents({ width, height: width, data }, 8).count).toBe(1)
  })
})

describe('labels', () => {
  const labels = labelsOf(`
    55...
    55.2.
    ...2.`)

  it('are numbered anew in rising order', () => {
    const { labels: fresh, count, ids } = relabel(labels)
    expect(count).toBe(2)
    expect(Array.from(ids)).toEqual([0, 2, 5])
    expect(drawn(fresh)).toBe(
      picture(`
      22...
      22.1.
      ...1.`),
    )
  })

  it('have areas, boxes, centroids and diameters', () => {
    expect(labelAreas(labels)[5]).toBe(4)
    expect(countObjects(labels)).toBe(2)
    expect(objectShapes(labels)).toEqual([
      {
        label: 2,
        area: 2,
        diameter: 2 * Math.sqrt(2 / Math.PI),
        box: { left: 3, top: 1, right: 4, bottom: 3 },
        centroid: { x: 3.5, y: 2 },
      },
      { label: 5, area: 4, diameter: 2 * Math.sqrt(4 / Math.PI), box: { left: 0, top: 0, right: 2, bottom: 2 }, centroid: { x: 1, y: 1 } },
    ])
  })

  it('lose what is too small', () => {
    expect(drawn(dropSmall(labels, 3))).toBe('55...\n55...\n.....')
  })
})

describe('contact map', () => {
  it('marks what is near another object, and no edge towards background', () => {
    const labels = { width: 8, height: 1, data: Uint16Array.of(0, 1, 1, 1, 1, 2, 2, 0) }
    expect([...contactMap(labels, 2)]).toEqual([0, 1, 1, 2, 2, 2, 2, 0])
    expect([...contactMap(labels, 1)]).toEqual([0, 1, 1, 1, 2, 2, 1, 0])
    // across a gap of one pixel, and corner to corner
    expect([...contactMap({ width: 3, height: 1, data: Uint16Array.of(1, 0, 2) }, 2)]).toEqual([2, 0, 2])
    expect([...contactMap({ width: 2, height: 2, data: Uint16Array.of(1, 0, 0, 2) }, 1)]).toEqual([2, 0, 0, 2])
  })
})

describe('border map', () => {
  it('marks the rim of every object, also between touching ones, not the edge of the image', () => {
    const labels = labelsOf(`
      1111222
      1111222
      1111222
      .......`)
    expect(drawn({ width: 7, height: 4, data: borderMap(labels) })).toBe(
      picture(`
      1112211
      1112211
      2222222
      .......`),
    )
    expect(drawn({ width: 7, height: 4, data: borderMap(labels, 2) })).toBe(
      picture(`
      1122221
      2222222
      2222222
      .......`),
    )
  })
})

describe('outlines', () => {
  it('walk around a pixel clockwise in corner coordinates', () => {
    expect(outlines(labelsOf('.1.'))).toEqual([{ label: 1, rings: [{ points: [1, 0, 2, 0, 2, 1, 1, 1], hole: false }] }])
  })

  it('have holes, and rings of their own for corners that touch', () => {
    const [ring] = outlines(
      labelsOf(`
      333
      3.3
      333`),
    )
    expect(ring!.rings.map((r) => r.hole)).toEqual([false, true])
    expect(ring!.rings[0]!.points).toEqual([0, 0, 3, 0, 3, 3, 0, 3])
    const [diagonal] = outlines(
      labelsOf(`
      1.
      .1`),
    )
    expect(diagonal!.rings.map((r) => r.points)).toEqual([
      [0, 0, 1, 0, 1, 1, 0, 1],
      [1, 1, 2, 1, 2, 2, 1, 2],
    ])
  })

  it('enclose exactly the areas of their objects', () => {
    const labels = labelsOf(`
      11.222.
      1.12.2.
      1111222
      ..3..2.`)
    const areas = labelAreas(labels)
    for (const { label, rings } of outlines(labels)) {
      let area = 0
      for (const { points } of rings) {
        for (let p = 0; p < points.length; p += 2) {
          const q = (p + 2) % points.length
          area += (points[p]! * points[q + 1]! - points[q]! * points[p + 1]!) / 2
        }
      }
      expect(area).toBe(areas[label])
    }
  })

  it('become SVG and GeoJSON', () => {
    const all = outlines(
      labelsOf(`
      333.3
      3.3..
      333..`),
    )
    expect(outlinePath(all[0]!, 2)).toMatch(/^M0 0L6 0L6 6L0 6ZM/)
    const [feature] = outlinesToGeoJson(all).features
    expect(feature!.geometry).toEqual({
      type: 'MultiPolygon',
      coordinates: [
        [
          [
            [0, 0],
            [3, 0],
            [3, 3],
            [0, 3],
            [0, 0],
          ],
          [
            [1, 1],
            [1, 2],
            [2, 2],
            [2, 1],
            [1, 1],
          ],
        ],
        [
          [
            [4, 0],
            [5, 0],
            [5, 1],
            [4, 1],
            [4, 0],
          ],
        ],
      ],
    })
  })
})
