import { describe, expect, it } from 'vitest'
import { DEFAULT_POSTPROCESS, type Postprocess } from '../../../core/contracts/model-spec.ts'
import type { LabelMap } from '../../../core/segmentation/image.ts'
import { scoreImage } from '../../../core/segmentation/metrics.ts'
import { seededRandom } from '../../../core/segmentation/random.ts'
import { isGain, type TuneImage, tunePostprocess } from '../../../core/segmentation/tune-postprocess.ts'
import { tuningSample } from '../../../core/segmentation/tuning-sample.ts'
import { discs } from './drawing.ts'

const truth = discs(96, 64, [
  { x: 18, y: 18, r: 9 },
  { x: 35, y: 18, r: 9 },
  { x: 70, y: 40, r: 12 },
  { x: 20, y: 48, r: 7 },
])

/** What a network says that is sure of everything within, and less and less up to `reach` pixels around. */
function halo(labels: LabelMap, reach: number, far: number, specks: number[] = []): Float32Array {
  const { width, height, data } = labels
  const out = new Float32Array(data.length)
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      let nearest = Infinity
      for (let dy = -reach; dy <= reach; dy++) {
        for (let dx = -reach; dx <= reach; dx++) {
          const at = (y + dy) * width + x + dx
          if (x + dx >= 0 && x + dx < width && data[at] !== undefined && data[at] !== 0) nearest = Math.min(nearest, Math.hypot(dx, dy))
        }
      }
      out[i] = nearest === 0 ? 0.95 : nearest <= reach ? far : 0.05
    }
  }
  for (const at of specks) for (const i of [0, 1, 2, 3]) for (const row of [0, 1, 2, 3]) out[at + i + row * width] = 0.9
  return out
}

function meanOf(images: readonly TuneImage[], settings: Postprocess): { dice: number; ap50: number; map: number } {
  const scores = images.map(({ foreground, border, truth: labels }) => scoreImage(foreground, labels, settings, border))
  const mean = (key: 'dice' | 'ap50' | 'map'): number => scores.reduce((sum, score) => sum + score[key], 0) / scores.length
  return { dice: mean('dice'), ap50: mean('ap50'), map: mean('map') }
}

const expectScores = (found: { dice: number; ap50: number; map: number }, expected: { dice: number; ap50: number; map: number }): void => {
  for (const key of ['dice', 'ap50', 'map'] as const) expect(found[key], key).toBeCloseTo(expected[key], 12)
}

describe('tuning', () => {
  it('raises the threshold over a halo, and says what scoring with its settings says', async () => {
    const images = [{ foreground: halo(truth, 2, 0.6), truth }]
    const tuned = await tunePostprocess(images)
    expect(tuned.postprocess.threshold).toBeGreaterThan(0.6)
    expect(tuned.scores.map).toBeGreaterThan(tuned.defaultScores.map + 0.1)
    expectScores(tuned.defaultScores, meanOf(images, DEFAULT_POSTPROCESS))
    expectScores(tuned.scores, meanOf(images, tuned.postprocess))
    expect(tuned.complete).toBe(true)
  })

  it('raises the minimum area over specks, without one more segmentation', async () => {
    const images = [{ foreground: halo(truth, 0, 0, [90, 96 * 30 + 45, 96 * 58 + 40]), truth }]
    let segmented = 0
    const tuned = await tunePostprocess(images, { onStep: () => void segmented++ })
    expect(tuned.postprocess).toEqual({ ...DEFAULT_POSTPROCESS, min_area: 24 })
    expectScores(tuned.scores, meanOf(images, tuned.postprocess))
    expect(tuned.scores.map).toBe(1)
    expect(segmented).toBeLessThan(25)
    expect(tuned.tried).toBeGreaterThan(segmented)
  })

  it('lowers the seed distance where close nuclei are merged, with a border class that sees nothing too', async () => {
    const close = discs(40, 24, [
      { x: 10, y: 12, r: 5.2 },
      { x: 19, y: 12, r: 5.2 },
    ])
    const defaults = { ...DEFAULT_POSTPROCESS, seed_distance: 12 }
    const images = [{ foreground: halo(close, 0, 0), truth: close }]
    const tuned = await tunePostprocess(images, { defaults })
    expect(tuned.postprocess.seed_distance).toBeLessThan(10)
    expect(tuned.scores.ap50).toBe(1)
    expect(tuned.defaultScores.ap50).toBe(0.5)
    const bordered = await tunePostprocess([{ ...images[0]!, border: new Float32Array(close.data.length) }], { defaults })
    expect(bordered.postprocess).toEqual(tuned.postprocess)
  })

  it('keeps the defaults where nothing is gained, and with a border class scores as scoring does', async () => {
    const random = seededRandom(3)
    const noisy = halo(truth, 1, 0.45).map((value) => Math.min(1, Math.max(0, value + 0.3 * (random() - 0.5))))
    const border = noisy.map((value) => (value > 0.4 && value < 0.7 ? 0.5 : 0.05))
    const images = [
      { foreground: noisy, border, truth },
      { foreground: halo(truth, 0, 0), border: new Float32Array(truth.data.length), truth },
    ]
    const tuned = await tunePostprocess(images)
    expectScores(tuned.scores, meanOf(images, tuned.postprocess))
    expect(tuned.scores.map).toBeGreaterThanOrEqual(tuned.defaultScores.map)
    const perfect = await tunePostprocess([images[1]!])
    expect(perfect.postprocess).toEqual(DEFAULT_POSTPROCESS)
  })

  it('is never paid for with Dice', () => {
    const base = { dice: 0.9, ap50: 0.7, map: 0.5 }
    expect(isGain({ ...base, map: 0.6 }, base, 0.9)).toBe(true)
    expect(isGain({ ...base, map: 0.6, dice: 0.899 }, base, 0.9)).toBe(true)
    expect(isGain({ ...base, map: 0.9, dice: 0.897 }, base, 0.9)).toBe(false)
    expect(isGain({ ...base, map: 0.5004 }, base, 0.9)).toBe(false)
  })

  it('stops when time is up with the best so far, the defaults scored in any case', async () => {
    const images = [{ foreground: halo(truth, 2, 0.6), truth }]
    const tuned = await tunePostprocess(images, { isOver: () => true })
    expect(tuned).toMatchObject({ postprocess: { threshold: 0.5 }, complete: false })
    expectScores(tuned.defaultScores, meanOf(images, DEFAULT_POSTPROCESS))
  })

  it('refuses no images and maps of another size', async () => {
    await expect(tunePostprocess([])).rejects.toMatchObject({ code: 'BAD_REQUEST' })
    await expect(tunePostprocess([{ foreground: new Float32Array(5), truth }])).rejects.toMatchObject({ code: 'BAD_REQUEST' })
  })
})

describe('the sample to tune on', () => {
  const images = Array.from({ length: 100 }, (_, n) => ({
    stratum: n < 90 ? 'common' : n < 99 ? 'rare' : 'single',
    width: 100,
    height: 100,
  }))

  it('is everything while that is little', () => {
    expect(tuningSample(images, 1_000_000)).toHaveLength(100)
  })

  it('keeps the shares of strata, one image of each at least, spread and always the same', () => {
    const sample = tuningSample(images, 200_000)
    expect(sample).toEqual(tuningSample(images, 200_000))
    expect(sample).toEqual([...new Set(sample)].sort((a, b) => a - b))
    const of = (stratum: string): number[] => sample.filter((index) => images[index]?.stratum === stratum)
    expect(of('common')).toHaveLength(18)
    expect(of('rare')).toHaveLength(2)
    expect(of('single')).toEqual([99])
    expect(of('common').slice(0, 3)).toEqual([2, 7, 12])
  })
})
