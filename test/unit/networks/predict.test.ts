import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { DEFAULT_POSTPROCESS, type ModelSpec } from '../../../core/contracts/model-spec.ts'
import type { Raster } from '../../../core/segmentation/image.ts'
import { DEFAULT_NORMALISE } from '../../../core/segmentation/normalise.ts'
import { resizeSmooth } from '../../../core/segmentation/resize.ts'
import { loadModel, modelFiles, type ModelFiles } from '../../../networks/model-files.ts'
import { Network } from '../../../networks/network.ts'
import { assemble, planPatches, predictProbabilities, type PredictSettings } from '../../../networks/predict.ts'
import { tf } from '../../../networks/tensorflow.ts'
import { expectNoLeak } from '../../helpers/tensorflow.ts'

const SPEC: ModelSpec = {
  format: 1,
  architecture: 'unet-mobilenetv2-light',
  encoder_alpha: 0.35,
  decoder_filters: [16, 16, 8, 8, 8],
  target: 'semantic+border',
  image_size: 64,
  sampling: 'resize',
  normalise: DEFAULT_NORMALISE,
  postprocess: DEFAULT_POSTPROCESS,
  postprocess_tuned: false,
  test_time_augmentation: 'none',
  trained_diameters: { p10: 5, p50: 10, p90: 20 },
  dataset: { name: 'd', version: 1, id: 'a'.repeat(32) },
  run_id: 'b'.repeat(32),
  epoch: 3,
}
const CROP: PredictSettings = { sampling: 'crop', image_size: 64, normalise: DEFAULT_NORMALISE }
const RESIZE: PredictSettings = { ...CROP, sampling: 'resize' }

let network: Network
beforeAll(() => {
  network = new Network({ ...SPEC, architecture: 'unet-mobilenetv2-light' }, 4)
  network.build()
})
afterAll(() => network.dispose())

function grey(width: number, height: number, bits: 8 | 16 = 8): Raster {
  const most = bits === 8 ? 255 : 40_000
  const value = (i: number): number => Math.round((most * (1 + Math.sin(i / 17) * Math.cos((i / width) * 0.3))) / 2)
  const length = width * height
  return {
    width,
    height,
    channels: 1,
    data: bits === 8 ? Uint8Array.from({ length }, (_, i) => value(i)) : Uint16Array.from({ length }, (_, i) => value(i)),
  }
}

describe('predictProbabilities', () => {
  test.each([
    ['smaller than a tile', 20, 33, 8],
    ['of an odd size', 101, 77, 8],
    ['of 16 bits', 70, 70, 16],
    ['longer than is seen at once', 780, 40, 8],
  ] as const)('of an image %s gives maps of its own size', async (_, width, height, bits) => {
    await expectNoLeak(tf, () => {
      for (const settings of width > 700 ? [CROP] : [CROP, RESIZE]) {
        const { foreground, border, ...size } = predictProbabilities(network, grey(width, height, bits), settings)
        expect(size).toEqual({ width, height })
        expect(foreground).toHaveLength(width * height)
        for (const i of [0, 1, width * height - 1]) {
          expect(foreground[i]).toBeGreaterThanOrEqual(0)
          expect(border![i]).toBeLessThanOrEqual(foreground[i]! + 1e-6)
        }
      }
    })
  })

  test('knows no difference between grey and RGB, or with alpha and without', () => {
    const one = grey(40, 40)
    const rgba: Raster = {
      ...one,
      channels: 4,
      data: Uint8Array.from({ length: 6400 }, (_, i) => (i % 4 === 3 ? 9 : one.data[Math.floor(i / 4)]!)),
    }
    expect(predictProbabilities(network, rgba, CROP)).toEqual(predictProbabilities(network, one, CROP))
  })
})

describe('test-time augmentation', () => {
  const mirror = ({ width, height, channels, data }: Raster, across: boolean, down: boolean): Raster => {
    const at = (i: number): number => {
      const [x, y] = [i % width, Math.floor(i / width)]
      return (down ? height - 1 - y : y) * width + (across ? width - 1 - x : x)
    }
    return { width, height, channels, data: Uint8Array.from({ length: data.length }, (_, i) => data[at(i)]!) }
  }
  const back = (values: Float32Array, width: number, across: boolean, down: boolean): Float32Array => {
    const height = values.length / width
    return values.map((_, i) => {
      const [x, y] = [i % width, Math.floor(i / width)]
      return values[(down ? height - 1 - y : y) * width + (across ? width - 1 - x : x)]!
    })
  }
  const FLIPS = [
    [false, false],
    [true, false],
    [false, true],
    [true, true],
  ] as const

  test('by flips is the mean over the four mirror images, each turned back', async () => {
    // A multiple of 32, so that no reflection fills a patch up on one side alone.
    const image = grey(64, 32)
    const single = FLIPS.map(([across, down]) => {
      const { foreground, border } = predictProbabilities(network, mirror(image, across, down), CROP)
      return { foreground: back(foreground, 64, across, down), border: back(border!, 64, across, down) }
    })
    const augmented = await expectNoLeak(tf, () => predictProbabilities(network, image, { ...CROP, test_time_augmentation: 'flips' }))
    for (const map of ['foreground', 'border'] as const) {
      const expected = augmented[map]!.map((_, i) => single.reduce((sum, one) => sum + one[map][i]!, 0) / 4)
      expect(Math.max(...expected.map((value, i) => Math.abs(value - augmented[map]![i]!)))).toBeLessThan(1e-5)
      expect(Math.max(...expected.map((value, i) => Math.abs(value - single[0]![map][i]!)))).toBeGreaterThan(1e-3)
    }
  })
})

describe('an image at another scale', () => {
  test('predicts what the image at the trained scale does, brought back to its own pixels', () => {
    const small = grey(60, 40)
    // Every pixel four times: shrunk by half it is the small one again, percentiles included.
    const large: Raster = {
      ...small,
      width: 120,
      height: 80,
      data: Uint8Array.from({ length: 9600 }, (_, i) => small.data[Math.floor(i / 240) * 60 + Math.floor((i % 120) / 2)]!),
    }
    const expected = predictProbabilities(network, small, CROP)
    const { width, height, foreground, border } = predictProbabilities(network, large, CROP, 0.5)
    expect([width, height]).toEqual([120, 80])
    for (const [map, own] of [
      [foreground, expected.foreground],
      [border!, expected.border!],
    ] as const) {
      const back = resizeSmooth(own, 60, 40, 1, 120, 80)
      expect(map).toHaveLength(9600)
      expect(Math.max(...map.map((value, i) => Math.abs(value - back[i]!)))).toBeLessThan(1e-5)
    }
    const asItIs = predictProbabilities(network, large, CROP).foreground
    expect(Math.max(...foreground.map((value, i) => Math.abs(value - asItIs[i]!)))).toBeGreaterThan(1e-3)
  })
})

describe('tiles', () => {
  test('of what says the same everywhere leave no seam', () => {
    const plan = planPatches(grey(1000, 600), CROP)
    expect([plan.patchWidth, plan.patchHeight]).toEqual([512, 512])
    expect(plan.patches.length).toBeGreaterThan(1)
    const flat = plan.patches.map(() => Float32Array.from({ length: 512 * 512 * 3 }, (_, i) => [0.25, 0.5, 0.25][i % 3]!))
    const { foreground, border } = assemble(plan, flat, 3)
    expect(Math.max(...Array.from(foreground.subarray(0, 5000), (v) => Math.abs(v - 0.75)))).toBeLessThan(1e-5)
    expect(foreground.every((v) => Math.abs(v - 0.75) < 1e-5)).toBe(true)
    expect(border!.every((v) => Math.abs(v - 0.25) < 1e-5)).toBe(true)
  })

  test('an image that fits is seen whole, filled up by reflection to a multiple of 32', () => {
    const plan = planPatches(grey(100, 40), CROP)
    expect([plan.patchWidth, plan.patchHeight, plan.patches.length]).toEqual([128, 64, 1])
  })
})

describe('a model', () => {
  let files: ModelFiles
  beforeAll(() => {
    files = modelFiles(SPEC, network.weights.snapshot())
  })

  test('read from its folder, predicts what its network predicted', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'karyon-model-'))
    for (const [name, bytes] of Object.entries(files)) await writeFile(join(folder, name), bytes)
    const image = grey(50, 60)
    await expectNoLeak(tf, async () => {
      const model = await loadModel(folder)
      expect(model.predict(image)).toEqual(predictProbabilities(network, image, SPEC))
      expect(model.spec).toMatchObject(SPEC)
      model.dispose()
    })
    await rm(folder, { recursive: true })
  })

  test('predicts with the augmentation that it was made with; one from before there was any, with none', async () => {
    const json = JSON.parse(Buffer.from(files['model.json']).toString()) as Record<string, unknown>
    const image = grey(64, 32)
    for (const augmentation of [undefined, 'flips'] as const) {
      const spec = { ...json, postprocess_tuned: undefined, test_time_augmentation: augmentation }
      const model = await loadModel({ ...files, 'model.json': Buffer.from(JSON.stringify(spec)) })
      expect(model.spec).toMatchObject({ postprocess_tuned: false, test_time_augmentation: augmentation ?? 'none' })
      expect(model.predict(image)).toEqual(
        predictProbabilities(network, image, { ...SPEC, test_time_augmentation: augmentation ?? 'none' }),
      )
      model.dispose()
    }
  })

  test('that was changed on the way is refused', async () => {
    const changed = Uint8Array.from(files['weights.bin'])
    changed[changed.length - 1]! ^= 1
    await expect(loadModel({ ...files, 'weights.bin': changed })).rejects.toThrow(/another checksum.*damaged/)
  })

  test('of an unknown architecture or format is refused', async () => {
    const json = JSON.parse(Buffer.from(files['model.json']).toString()) as Record<string, unknown>
    const with_ = (changes: object): ModelFiles => ({ ...files, 'model.json': Buffer.from(JSON.stringify({ ...json, ...changes })) })
    await expect(loadModel(with_({ architecture: 'other-net' }))).rejects.toThrow(/other-net/)
    await expect(loadModel(with_({ format: 2 }))).rejects.toThrow(/cannot be read as a model/)
    await expect(loadModel('/nowhere')).rejects.toMatchObject({ code: 'RESOURCE_DOES_NOT_EXIST' })
  })
})
