import { describe, expect, it, test } from 'vitest'
import { diameterScale, scaledPostprocess, scaledSize, sizeWarning, type SizeSpec } from '../../../core/segmentation/diameter.ts'

const CROP: SizeSpec = { sampling: 'crop', image_size: 128, trained_diameters: { p10: 10, p50: 20, p90: 30 } }
const RESIZE: SizeSpec = { ...CROP, sampling: 'resize' }
const IMAGE = { width: 1000, height: 500 }
const MOST = 40_000_000

describe('the scale of a diameter', () => {
  it('brings the nuclei of the image to the trained median; without one it is 1', () => {
    expect(diameterScale(CROP, 40, IMAGE, MOST)).toBe(0.5)
    expect(diameterScale(CROP, 10, IMAGE, MOST)).toBe(2)
    expect(diameterScale(CROP, undefined, IMAGE, MOST)).toBe(1)
    expect(diameterScale(RESIZE, undefined, IMAGE, MOST)).toBe(1)
    expect(diameterScale(CROP, 2.5, IMAGE, MOST)).toBe(8)
    expect(diameterScale(CROP, 160, IMAGE, MOST)).toBe(1 / 8)
    expect(scaledSize({ width: 3, height: 101 }, 1 / 8)).toEqual({ width: 1, height: 13 })
  })

  test.each([
    ['too far down', CROP, 161, IMAGE, /161 pixels .* trained on nuclei of 20 pixels\. It takes 2\.5 to 160\./],
    ['too far up', CROP, 2.4, IMAGE, /It takes 2\.5 to 160/],
    [
      'too many pixels',
      CROP,
      4,
      { width: 2000, height: 2000 },
      /10000 x 10000 pixels large, more than 40 million\. It takes 6\.4 and more/,
    ],
    ['a model of one size', RESIZE, 20, IMAGE, /every image as 128 x 128 pixels.*Leave it out/],
    ['a model of unknown nuclei', { ...CROP, trained_diameters: { p10: 0, p50: 0, p90: 0 } }, 20, IMAGE, /does not know/],
    ['no number', CROP, NaN, IMAGE, /It takes/],
  ] as const)('is refused: %s', (_, spec, diameter, image, message) => {
    const refused = expect.objectContaining({
      code: 'INVALID_PARAMETER_VALUE',
      message: expect.stringMatching(new RegExp(`^diameter: .*${message.source}`)) as string,
    }) as Error
    expect(() => diameterScale(spec, diameter, image, MOST)).toThrow(refused)
  })

  it('names a least diameter that is accepted', () => {
    expect(diameterScale(CROP, 6.4, { width: 2000, height: 2000 }, MOST)).toBeCloseTo(3.125)
  })

  it('keeps what settings mean for nuclei', () => {
    const settings = { threshold: 0.6, min_area: 12, seed_distance: 5 }
    expect(scaledPostprocess(settings, 1)).toEqual(settings)
    expect(scaledPostprocess(settings, 0.5)).toEqual({ threshold: 0.6, min_area: 48, seed_distance: 10 })
    expect(scaledPostprocess(settings, 8)).toEqual({ threshold: 0.6, min_area: 0, seed_distance: 1 })
  })
})

describe('the warning of sizes', () => {
  it('comes beyond 1.5 times the trained sizes, with both and the diameter to pass', () => {
    expect(sizeWarning(CROP, 6.7, 1)).toBeNull()
    expect(sizeWarning(CROP, 45, 1)).toBeNull()
    expect(sizeWarning(CROP, 6.6, 1)).toMatch(/measure 6\.6 pixels .* trained on 10 to 30\. Pass diameter 6\.6/)
    expect(sizeWarning(CROP, 46, 1)).toMatch(/Pass diameter 46/)
  })

  it('is of sizes as the network saw them', () => {
    expect(sizeWarning(CROP, 80, 0.25)).toBeNull()
    expect(sizeWarning(CROP, 20, 0.25)).toMatch(/measure 20 pixels across \(median\), which are 5 once scaled; .* Pass diameter 20/)
  })

  it('never advises what would be refused', () => {
    expect(sizeWarning(CROP, 400, 1)).toMatch(/Pass diameter 160 /)
    expect(sizeWarning(RESIZE, 400, 1)).toMatch(/128 x 128 pixels: cut or pad/)
    expect(sizeWarning({ ...CROP, trained_diameters: { p10: 0, p50: 0, p90: 0 } }, 400, 1)).toBeNull()
  })
})
