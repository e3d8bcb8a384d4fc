import { mkdtemp, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { artifactStore } from '../../core/artifacts/index.ts'
import { baselineSummary } from '../../core/datasets/baseline-summary.ts'
import { createSyntheticDataset } from '../../core/datasets/create-synthetic-dataset.ts'
import { type PlacedGroup, previewSplit } from '../../core/datasets/draw-split.ts'
import { deleteDataset } from '../../core/datasets/delete-dataset.ts'
import { getDataset, getDatasetVersion, listDatasets } from '../../core/datasets/get-dataset.ts'
import { getImageRow, imageRows, loadImage, loadLabels } from '../../core/datasets/image-row.ts'
import { importDataset, type ImportOptions } from '../../core/datasets/import-dataset.ts'
import { runImportJob } from '../../core/datasets/import-job.ts'
import { listImages } from '../../core/datasets/list-images.ts'
import { labelMapAt, previewImage } from '../../core/datasets/preview.ts'
import { readImage } from '../../core/datasets/read-image.ts'
import { resolveDatasetVersion } from '../../core/datasets/resolve-dataset-version.ts'
import { setStratum } from '../../core/datasets/set-stratum.ts'
import { splitImages } from '../../core/datasets/split-images.ts'
import { ensureSplit } from '../../core/datasets/ensure-split.ts'
import { syntheticImage } from '../../core/datasets/synthetic.ts'
import { db } from '../../core/db.ts'
import { env } from '../../core/env.ts'
import { AppError, toAppError } from '../../core/errors.ts'
import { labelsToMask } from '../../core/segmentation/image.ts'
import { png, png16, pngClaiming, tiff, writeFolder, writeZip, type Files } from '../helpers/image-files.ts'

let folder: string
let serial = 0
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dataset-import-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const freshName = (): string => `set-${++serial}`
const ID = (i: number): string => `id${String(i).padStart(3, '0')}`

/** Bowl files of synthetic images: ID/images/ID.png and a mask a nucleus. */
async function bowlFiles(count: number, top = 'stage1_train/', from = 0): Promise<Files> {
  const files: Files = {}
  for (let i = from; i < from + count; i++) {
    const { image, labels } = syntheticImage(i, 11, 64)
    files[`${top}${ID(i)}/images/${ID(i)}.png`] = await png(64, 64, image.data)
    for (let label = 1; label <= Math.max(...labels.data); label++) {
      files[`${top}${ID(i)}/masks/${i}-${label}.png`] = await png(
        64,
        64,
        Uint8Array.from(labels.data, (value) => (value === label ? 255 : 0)),
      )
    }
  }
  return files
}

async function failure(options: Omit<ImportOptions, 'name'> & { name?: string }): Promise<AppError> {
  const before = await artifactStore().list('blobs')
  const name = options.name ?? freshName()
  const error = await importDataset({ name, ...options }).then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (!(error instanceof AppError)) throw new Error('the import should have been refused', { cause: error })
  // Nothing half imported: no row, no file.
  expect(await db().dataset.findUnique({ where: { name } })).toBeNull()
  expect(await artifactStore().list('blobs')).toEqual(before)
  return error
}

const problemsOf = (error: AppError): { file: string; reason: string }[] => error.details?.problems as { file: string; reason: string }[]

describe('importing', () => {
  it('reads the Bowl from a zip: labels, sides, panel, baseline, view', async () => {
    const name = freshName()
    const messages: string[] = []
    const stored = await importDataset({
      source: await writeZip(join(folder, 'bowl.zip'), await bowlFiles(24)),
      name,
      onProgress: (progress, message) => messages.push(`${Math.round(progress * 100)} ${message}`),
    })
    expect(stored).toMatchObject({ name, version: 1, imageCount: 24, created: true })
    expect(messages[0]).toMatch(/^0 \d+ files found/)
    expect(messages.at(-1)).toMatch(/^100 .*24 images/)

    const version = await getDatasetVersion(stored.versionId)
    expect(version).toMatchObject({
      ref: `${name}@1`,
      layout: 'bowl',
      synthetic: false,
      derived: false,
      image_count: 24,
      object_count: stored.objectCount,
    })
    expect(version.strata).toEqual([
      { stratum: 'fluorescence', images: 24, groups: stored.groupCount, objects: stored.objectCount, guessed: true },
    ])
    const [split] = version.splits
    expect(split!.leak_check).toEqual({ ok: true, message: 'Leak check: no field on two sides' })
    expect(split!.sides.train.images + split!.sides.val.images + split!.sides.test.images).toBe(24)
    expect(split!.sides.val.images).toBeGreaterThan(0)
    expect(split!.baseline['val/dice']).toBeGreaterThan(0.7)

    const { images, total } = await listImages(stored.versionId, { side: 'val' })
    expect(total).toBe(split!.sides.val.images)
    expect(images.every((image) => image.side === 'val' && image.baseline.dice > 0)).toBe(true)

    // Two tiles of a field continue each other, so they are on one side.
    const rows = await imageRows({ versionId: stored.versionId, splitId: split!.split_id })
    const groups = new Set(rows.map((row) => row.group))
    expect(groups.size).toBeLessThan(20)
    const row = rows.find((one) => one.name === ID(5))!
    const { image, labels } = syntheticImage(5, 11, 64)
    expect((await loadImage(row)).data).toEqual(image.data)
    expect(labelsToMask(await loadLabels(row))).toEqual(labelsToMask(labels))
    expect((await loadLabels(row)).data).toBeInstanceOf(Uint16Array)
    expect(row.objectCount).toBe(Math.max(...labels.data))
  })

  it("gives the version that is there for the same content, and a new one with its parent's sides for more", async () => {
    const name = freshName()
    const files = await bowlFiles(20)
    const first = await importDataset({ source: await writeZip(join(folder, 'a.zip'), files), name })
    const again = await importDataset({ source: await writeFolder(join(folder, 'unpacked'), files), name })
    expect(again).toMatchObject({ versionId: first.versionId, version: 1, created: false })

    const more = await importDataset({
      source: await writeZip(join(folder, 'b.zip'), { ...files, ...(await bowlFiles(6, 'stage1_train/', 20)) }),
      name,
    })
    expect(more).toMatchObject({ version: 2, imageCount: 26, created: true })
    const sides = async (ref: string): Promise<Map<string, string | null>> => {
      const { images } = await listImages((await resolveDatasetVersion(ref)).id, { limit: 1000 })
      return new Map(images.map((image) => [image.name, image.side]))
    }
    const before = await sides(`${name}@1`)
    const after = await sides(`${name}@2`)
    for (const [image, side] of before) expect(after.get(image)).toBe(side)
    expect((await resolveDatasetVersion(name)).version).toBe(2)
    expect((await getDataset(name)).versions.map((version) => version.version)).toEqual([2, 1])
    await expect(resolveDatasetVersion(`${name}@9`)).rejects.toMatchObject({
      code: 'RESOURCE_DOES_NOT_EXIST',
      message: expect.stringContaining('has no version 9') as string,
    })
    await expect(resolveDatasetVersion('nobody')).rejects.toThrow(/There is no dataset nobody\. There are: /)
  })

  it('reports additions that join two sides', async () => {
    const name = freshName()
    const files = await bowlFiles(20)
    await importDataset({ source: await writeZip(join(folder, 'a.zip'), files), name })
    const { images } = await listImages((await resolveDatasetVersion(name)).id, { limit: 100 })
    const train = images.find((image) => image.side === 'train')!
    const test = images.find((image) => image.side === 'test')!
    const csv = `${train.name},one patient\n${test.name},one patient\n`
    const stored = await importDataset({ source: join(folder, 'a.zip'), name, groupCsv: csv })
    expect(stored.version).toBe(2)
    const version = await getDatasetVersion(stored.versionId)
    expect(version.warnings.join()).toMatch(/1 groups join images that were on different sides in version 1.*one patient/)
    const after = await listImages(stored.versionId, { group: 'one patient', limit: 100 })
    expect(after.total).toBeGreaterThanOrEqual(2)
    expect(after.images.every((image) => image.side === 'test')).toBe(true)
    expect(version.splits[0]!.leak_check.ok).toBe(true)
  })

  it('reads label images of 8, 16 and 32 bits, and 16-bit images as they are', async () => {
    const scene = [0, 4000, 4000, 0, 0, 9000, 9000, 0, 0, 9000, 9000, 0, 0, 0, 0, 60000]
    const labels = [0, 1, 1, 0, 0, 2, 2, 0, 0, 2, 2, 0, 0, 0, 0, 3]
    const source = await writeFolder(join(folder, 'set'), {
      'images/a.tif': tiff(4, 4, scene, 'uint16'),
      'masks/a.tif': tiff(4, 4, labels, 'uint16'),
      'images/b.png': await png16(
        4,
        4,
        scene.map((value) => value + 1),
      ),
      'masks/b.png': await png(4, 4, labels),
      'images/c.tif': tiff(
        4,
        4,
        scene.map((value) => value / 65535),
        'float32',
      ),
      'masks/c.tif': tiff(
        4,
        4,
        labels.map((label) => label * 70000),
        'uint32',
      ),
    })
    const stored = await importDataset({ source, name: freshName() })
    const rows = await imageRows({ versionId: stored.versionId })
    expect(rows.map((row) => [row.name, row.bitDepth, row.objectCount, row.imageKey.split('.').pop()])).toEqual([
      ['a', 16, 3, 'tif'],
      ['b', 16, 3, 'png'],
      ['c', 32, 3, 'tif'],
    ])
    expect((await loadImage(rows[0]!)).data).toEqual(Uint16Array.from(scene))
    for (const row of rows) expect((await loadLabels(row)).data).toEqual(Uint16Array.from(labels))
  })

  it('reads masks beside images, with groups by file name', async () => {
    const files: Files = {}
    for (let i = 0; i < 8; i++) {
      const { image, labels } = syntheticImage(i * 2, 3, 64)
      files[`slide${i % 4}_${i}.png`] = await png(64, 64, image.data)
      files[`slide${i % 4}_${i}_masks.png`] = await png16(64, 64, labels.data)
    }
    const stored = await importDataset({
      source: await writeFolder(join(folder, 'set'), files),
      name: freshName(),
      groupPattern: '^(slide\\d+)_',
    })
    expect(stored.groupCount).toBe(4)
    const rows = await imageRows({ versionId: stored.versionId })
    expect(new Set(rows.map((row) => row.group))).toEqual(new Set(['slide0', 'slide1', 'slide2', 'slide3']))
  })

  it('derives nuclei from binary masks and says so', async () => {
    const mask = Uint8Array.from({ length: 64 }, (_, i) => (i % 8 < 3 && i < 24 ? 255 : i % 8 > 4 && i > 40 ? 255 : 0))
    const stored = await importDataset({
      source: await writeFolder(join(folder, 'set'), {
        'train/inputs/a.png': await png(8, 8, mask),
        'train/masks/a.png': await png(8, 8, mask),
        'test/inputs/b.png': await png(
          8,
          8,
          mask.map((value) => value / 2),
        ),
        'test/masks/b.png': await png(8, 8, mask),
      }),
      name: freshName(),
    })
    const version = await getDatasetVersion(stored.versionId)
    expect(version.derived).toBe(true)
    expect(version.object_count).toBe(4)
    expect(version.warnings.join()).toMatch(/touching nuclei cannot be told apart/)
  })

  it('counts overlaps, the later mask winning, and names images without a nucleus', async () => {
    const image = await png(4, 1, [9, 90, 90, 9])
    const bowl = await importDataset({
      source: await writeFolder(join(folder, 'bowl'), {
        'x/images/x.png': image,
        'x/masks/1.png': await png(4, 1, [255, 255, 0, 0]),
        'x/masks/2.png': await png(4, 1, [0, 255, 255, 0]),
      }),
      name: freshName(),
    })
    const [row] = await imageRows({ versionId: bowl.versionId })
    expect(row!.overlapPixels).toBe(1)
    expect(Array.from((await loadLabels(row!)).data)).toEqual([1, 2, 2, 0])
    const sparse = await importDataset({
      source: await writeFolder(join(folder, 'sparse'), {
        'images/a.png': image,
        'masks/a.png': await png(4, 1, [0, 1, 1, 0]),
        'images/b.png': await png(4, 1, [9, 9, 9, 8]),
        'masks/b.png': await png(4, 1, [0, 0, 0, 0]),
      }),
      name: freshName(),
    })
    expect((await getDatasetVersion(sparse.versionId)).warnings).toEqual(['1 images have no nucleus in their truth: b'])
  })

  it('shows images stretched and labels with the same geometry', async () => {
    const scene = Array.from({ length: 64 * 32 }, (_, i) => 1000 + (i % 64) * 4)
    const source = await writeFolder(join(folder, 'set'), {
      'images/a.png': await png16(64, 32, scene),
      'masks/a.png': await png16(
        64,
        32,
        scene.map((_, i) => (i % 64 < 32 ? 0 : 700)),
      ),
    })
    const stored = await importDataset({ source, name: freshName() })
    const [row] = await imageRows({ versionId: stored.versionId })
    const preview = await previewImage(row!.id, 16)
    expect([preview.width, preview.height, preview.contentType]).toEqual([16, 8, 'image/webp'])
    const labels = await labelMapAt(row!.id, 16)
    expect([labels.width, labels.height]).toEqual([16, 8])
    expect(Array.from(labels.data.subarray(0, 16))).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1])
    await expect(previewImage('0'.repeat(32), 64)).rejects.toMatchObject({ code: 'RESOURCE_DOES_NOT_EXIST' })
    await expect(previewImage(row!.id, 1e6)).rejects.toMatchObject({ code: 'INVALID_PARAMETER_VALUE' })
  })

  it('takes one channel of many', async () => {
    const five = (base: number): Buffer =>
      tiff(
        4,
        1,
        Array.from({ length: 20 }, (_, i) => base + i),
        'uint16',
        { channels: 5 },
      )
    const source = await writeFolder(join(folder, 'set'), { 'images/a.tif': five(0), 'masks/a.png': await png(4, 1, [0, 1, 1, 0]) })
    expect(problemsOf(await failure({ source }))).toEqual([
      { file: 'images/a.tif', reason: expect.stringContaining('5 channels') as string },
    ])
    const stored = await importDataset({ source, name: freshName(), channel: 2 })
    const [row] = await imageRows({ versionId: stored.versionId })
    expect(row).toMatchObject({ channels: 1, bitDepth: 16 })
    expect(Array.from((await loadImage(row!)).data)).toEqual([2, 7, 12, 17])
  })
})

describe('refusing', () => {
  it('a corrupt zip, and one that ends too early', async () => {
    const path = await writeZip(join(folder, 'good.zip'), await bowlFiles(2))
    await writeFile(join(folder, 'noise.zip'), Buffer.alloc(5000, 7))
    expect((await failure({ source: join(folder, 'noise.zip') })).message).toMatch(/noise\.zip is no readable zip file/)
    const bytes = await readFile(path)
    await writeFile(join(folder, 'cut.zip'), bytes.subarray(0, bytes.length / 2))
    expect((await failure({ source: join(folder, 'cut.zip') })).message).toMatch(
      /cut\.zip is no readable zip file.*pack or download it again/,
    )
  })

  it('a damaged entry, by its name', async () => {
    const bytes = await readFile(await writeZip(join(folder, 'good.zip'), await bowlFiles(2)))
    const at = bytes.indexOf('stage1_train/id001/images/id001.png') + 'stage1_train/id001/images/id001.png'.length
    bytes.fill(0x55, at + 60, at + 200)
    await writeFile(join(folder, 'bad.zip'), bytes)
    const error = await failure({ source: join(folder, 'bad.zip') })
    expect(problemsOf(error)).toEqual([
      { file: 'stage1_train/id001/images/id001.png', reason: expect.stringMatching(/is damaged/) as string },
    ])
  })

  it('a path that climbs out of the archive', async () => {
    const bytes = await readFile(await writeZip(join(folder, 'a.zip'), { ...(await bowlFiles(1)), 'xx/evil.png': await png(1, 1, [1]) }))
    for (let at = bytes.indexOf('xx/evil.png'); at !== -1; at = bytes.indexOf('xx/evil.png')) bytes.write('../evil.png', at)
    await writeFile(join(folder, 'climb.zip'), bytes)
    expect((await failure({ source: join(folder, 'climb.zip') })).message).toMatch(/climbs out of the archive.*evil\.png/)
  })

  it('a symbolic link in an archive', async () => {
    const source = await writeZip(
      join(folder, 'link.zip'),
      { ...(await bowlFiles(1)), 'link.png': Buffer.from('/etc/passwd') },
      { 'link.png': 0o120777 },
    )
    expect((await failure({ source })).message).toMatch(/link\.png", a symbolic link/)
  })

  it('a zip bomb, before anything is unpacked', async () => {
    const bytes = await readFile(await writeZip(join(folder, 'a.zip'), await bowlFiles(1)))
    // Every entry claims 300 MiB in the central directory.
    for (let at = bytes.indexOf('PK\x01\x02'); at !== -1; at = bytes.indexOf('PK\x01\x02', at + 4))
      bytes.writeUInt32LE(300 * 2 ** 20, at + 24)
    await writeFile(join(folder, 'bomb.zip'), bytes)
    expect((await failure({ source: join(folder, 'bomb.zip') })).message).toMatch(/looks like a zip bomb/)
  })

  it('a mask of another size, an image without truth, a stack and a pixel bomb, all in one list', async () => {
    const files = await bowlFiles(2)
    const source = await writeFolder(join(folder, 'set'), {
      ...files,
      'stage1_train/s/images/s.png': await png(8, 8, new Uint8Array(64)),
      'stage1_train/s/masks/m.png': await png(9, 8, new Uint8Array(72).fill(255)),
      'stage1_train/t/images/t.png': await png(8, 8, new Uint8Array(64).fill(3)),
      'stage1_train/u/images/u.tif': tiff(2, 2, [1, 2, 3, 4], 'uint8', { pages: 3 }),
      'stage1_train/u/masks/m.png': await png(2, 2, [255, 0, 0, 0]),
      'stage1_train/v/images/v.png': await pngClaiming(50_000, 50_000),
      'stage1_train/v/masks/m.png': await png(2, 2, [255, 0, 0, 0]),
      'stage1_train/w/images/w.png': Buffer.from('not a png'),
      'stage1_train/w/masks/m.png': await png(2, 2, [255, 0, 0, 0]),
    })
    const error = await failure({ source })
    expect(error.code).toBe('INVALID_DATASET')
    expect(problemsOf(error)).toEqual([
      { file: 'stage1_train/s/masks/m.png', reason: 'is 9x8, but the image is 8x8' },
      { file: 'stage1_train/t/images/t.png', reason: 'has no truth: its masks/ folder is missing or holds no image' },
      { file: 'stage1_train/u/images/u.tif', reason: expect.stringMatching(/^is a stack of 3 planes/) as string },
      { file: 'stage1_train/v/images/v.png', reason: expect.stringMatching(/^is 50000x50000, more than 100 megapixels/) as string },
      { file: 'stage1_train/w/images/w.png', reason: expect.stringMatching(/^is no PNG, TIFF or JPEG/) as string },
    ])
    expect(error.message).toMatch(/5 problems/)
  })

  it('the same image twice, and truth that is empty everywhere', async () => {
    const image = await png(4, 1, [9, 90, 90, 9])
    const mask = await png(4, 1, [0, 1, 1, 0])
    const twice = await failure({
      source: await writeFolder(join(folder, 'twice'), {
        'images/a.png': image,
        'masks/a.png': mask,
        'images/b.png': image,
        'masks/b.png': mask,
      }),
    })
    expect(problemsOf(twice)).toEqual([{ file: 'images/b.png', reason: 'is the same file as images/a.png: remove one of them' }])
    const empty = await failure({
      source: await writeFolder(join(folder, 'empty'), { 'images/a.png': image, 'masks/a.png': await png(4, 1, [0, 0, 0, 0]) }),
    })
    expect(problemsOf(empty)[0]!.reason).toMatch(/no nucleus in any truth/)
  })

  it('an unknown layout, a missing path, and a link that leads out of the folder', async () => {
    const photos = await writeFolder(join(folder, 'photos'), { 'photos/a.png': await png(1, 1, [1]) })
    expect((await failure({ source: photos })).message).toMatch(/layout of the dataset is not known.*photos\/a\.png(.|\n)*ID\/masks/)
    expect(await failure({ source: join(folder, 'nothing') })).toMatchObject({ code: 'RESOURCE_DOES_NOT_EXIST' })
    const { symlink, mkdir } = await import('node:fs/promises')
    await mkdir(join(folder, 'linked/images'), { recursive: true })
    await writeFolder(join(folder, 'linked'), { 'masks/a.png': await png(1, 1, [1]) })
    await symlink('/etc/passwd', join(folder, 'linked/images/a.png'))
    expect(problemsOf(await failure({ source: join(folder, 'linked') }))).toEqual([
      { file: 'images/a.png', reason: 'is a link that leads out of the folder.' },
    ])
  })

  it('goes on with nothing after a cancel, and removes what was stored', async () => {
    const controller = new AbortController()
    const before = await artifactStore().list('blobs')
    const name = freshName()
    const running = importDataset({
      source: await writeFolder(join(folder, 'set'), await bowlFiles(10)),
      name,
      signal: controller.signal,
      onProgress: (progress) => progress > 0.3 && controller.abort(),
    })
    await expect(running).rejects.toThrow(/abort/i)
    expect(await artifactStore().list('blobs')).toEqual(before)
    expect(await db().dataset.findUnique({ where: { name } })).toBeNull()
  })
})

describe('after an import that was killed', () => {
  /** What a killed import leaves: files that no row refers to. */
  async function leave(key: string, hoursAgo: number): Promise<string> {
    await artifactStore().put(key, Buffer.from(key))
    const then = new Date(Date.now() - hoursAgo * 3_600_000)
    await utimes(artifactStore().localPath(key) ?? '', then, then)
    return key
  }

  it('the next one removes its files, also where it fails itself, but not what may be under way', async () => {
    const source = await writeZip(join(folder, 'used.zip'), await bowlFiles(8))
    const { versionId } = await importDataset({ name: freshName(), source })
    const [image] = await db().datasetImage.findMany({ where: { datasetVersionId: versionId } })
    await leave(image!.imageKey, 48)
    const old = await leave('blobs/aa/old.png', 25)
    const young = await leave('blobs/aa/young.png', 23)
    await expect(
      importDataset({ name: freshName(), source: await writeZip(join(folder, 'bad.zip'), { 'a.txt': Buffer.from('x') }) }),
    ).rejects.toThrow()
    expect(await artifactStore().exists(old)).toBe(false)
    expect(await artifactStore().exists(young)).toBe(true)
    expect(await artifactStore().exists(image!.imageKey)).toBe(true)
    await artifactStore().delete(young)
  })
})

describe('on a full disk', () => {
  afterEach(() => vi.restoreAllMocks())

  it('an import says so and leaves nothing half done', async () => {
    const store = artifactStore()
    const put = store.put.bind(store)
    let room = 5
    vi.spyOn(store, 'put').mockImplementation((key, content) =>
      room-- > 0
        ? put(key, content)
        : Promise.reject(Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' })),
    )
    const before = await store.list('')
    const name = freshName()
    const thrown: unknown = await importDataset({
      name,
      source: await writeZip(join(folder, 'set.zip'), await bowlFiles(8, 'fresh/', 500)),
    }).catch((error: unknown) => error)
    const error = toAppError(thrown)
    expect(error).toMatchObject({
      code: 'INSUFFICIENT_STORAGE',
      httpStatus: 507,
      exitStatus: 7,
      message: expect.stringMatching(/disk is full.*Free some space/),
    })
    expect(await store.list('')).toEqual(before)
    expect(await db().dataset.findUnique({ where: { name } })).toBeNull()
  })
})

describe('the job', () => {
  it("imports an upload and removes it, and leaves a user's own files alone", async () => {
    const upload = await writeZip(join(env().home, 'upload.zip'), await bowlFiles(8))
    const own = await writeZip(join(folder, 'own.zip'), await bowlFiles(8))
    const context = { report: () => {}, signal: new AbortController().signal }
    const name = freshName()
    expect(await runImportJob({ name, path: upload, delete_source: true }, context)).toMatchObject({
      ref: `${name}@1`,
      images: 8,
      created: true,
    })
    await expect(readFile(upload)).rejects.toThrow(/ENOENT/)
    await runImportJob({ name, path: own, delete_source: true }, context)
    expect((await readFile(own)).length).toBeGreaterThan(0)
  })
})

describe('synthetic datasets', () => {
  it('are marked, repeatable, grouped by field, and never mixed with real ones', async () => {
    const name = freshName()
    const stored = await createSyntheticDataset({ name, images: 24 })
    expect(stored).toMatchObject({ imageCount: 24, groupCount: 12, created: true })
    expect((await createSyntheticDataset({ name, images: 24 })).created).toBe(false)
    const view = await getDataset(name)
    expect(view.synthetic).toBe(true)
    expect(view.latest.warnings.join()).toMatch(/Synthetic/)
    expect((await listDatasets()).some((dataset) => dataset.name === name && dataset.synthetic)).toBe(true)
    await expect(importDataset({ source: await writeFolder(join(folder, 'set'), await bowlFiles(2)), name })).rejects.toMatchObject({
      code: 'RESOURCE_ALREADY_EXISTS',
    })
  })
})

describe('splits', () => {
  it('are made once for a seed, whoever asks, and limited by whole groups', async () => {
    const { versionId } = await createSyntheticDataset({ name: freshName(), images: 60 })
    const ids = await Promise.all(Array.from({ length: 4 }, () => ensureSplit(versionId, 5)))
    expect(new Set(ids).size).toBe(1)
    const all = await splitImages(ids[0]!)
    expect(all.train.length + all.val.length + all.test.length).toBe(60)
    expect(all.panel.length).toBe(Math.min(16, all.val.length))
    const some = await splitImages(ids[0]!, { limitImages: 12 })
    expect(some.train.length).toBe(12)
    expect(some.test.length).toBe(all.test.length)
    const few = await splitImages(ids[0]!, { limitImages: 8 })
    expect(few.val.length).toBe(8)
    expect(few.panel).toEqual(all.panel.slice(0, 8))
    expect(few.panel.every((id) => few.val.some((row) => row.id === id))).toBe(true)
    // The baseline that stands beside limited runs is of their images, no others.
    const dices = await db().datasetImage.findMany({ where: { id: { in: few.val.map((row) => row.id) } }, select: { baseline: true } })
    const mean = dices.reduce((sum, row) => sum + (row.baseline as { dice: number }).dice, 0) / 8
    expect((await baselineSummary(ids[0]!, 'val', 8))['val/dice']).toBeCloseTo(mean, 6)
    expect((await baselineSummary(ids[0]!, 'val'))['val/dice']).not.toBeCloseTo(mean, 6)
    for (const group of new Set(some.train.map((row) => row.group))) {
      expect(some.train.filter((row) => row.group === group)).toHaveLength(all.train.filter((row) => row.group === group).length)
    }
  })
})

describe('a split that is only looked at', () => {
  it("is the one that is then stored, with its parent's sides", async () => {
    const name = freshName()
    await createSyntheticDataset({ name, images: 40 })
    const { versionId } = await createSyntheticDataset({ name, images: 60 })
    const shape = (groups: PlacedGroup[]): string[] => groups.map(({ side, imageKeys }) => `${side} ${imageKeys.join()}`).sort()
    const drawn = shape(await previewSplit(versionId, 3))
    expect(await db().split.count({ where: { seed: 3, datasetVersion: { dataset: { name } } } })).toBe(0)
    await ensureSplit(versionId, 3)
    expect(shape(await previewSplit(versionId, 3))).toEqual(drawn)
  })
})

describe('changing', () => {
  it('corrects a stratum and deletes a dataset with its files, not those of another', async () => {
    const name = freshName()
    const other = freshName()
    const files = await bowlFiles(3, '', 40)
    const source = await writeFolder(join(folder, 'set'), files)
    const stored = await importDataset({ source, name })
    await importDataset({ source, name: other })
    const [row] = await imageRows({ versionId: stored.versionId })
    await setStratum([row!.id], 'confocal')
    expect(await getImageRow(row!.id)).toMatchObject({ stratum: 'confocal', stratumGuessed: false })
    await expect(setStratum([row!.id], '')).rejects.toMatchObject({ code: 'INVALID_PARAMETER_VALUE' })
    await deleteDataset(name)
    expect(await artifactStore().exists(row!.imageKey)).toBe(true)
    await deleteDataset(other)
    expect(await artifactStore().exists(row!.imageKey)).toBe(false)
    await expect(deleteDataset(name)).rejects.toMatchObject({ code: 'RESOURCE_DOES_NOT_EXIST' })
  })
})

describe('the decoder on stored blobs', () => {
  it('names the key when a blob is gone', async () => {
    await expect(loadImage({ imageKey: 'blobs/00/gone.png', name: 'x' })).rejects.toThrow(/blobs\/00\/gone\.png/)
    await expect(readImage(Buffer.from(''), 'x')).rejects.toThrow(/x is no PNG/)
  })
})
