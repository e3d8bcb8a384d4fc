import { AppError } from '../errors.ts'

export type LayoutName = 'bowl' | 'label-images' | 'mask-suffix' | 'binary-masks'

/** One image of a dataset and where its truth is. */
export interface LayoutItem {
  /** Unique within the dataset. */
  name: string
  image: string
  /** Bowl: one file a nucleus. Otherwise one file. Empty: none was found. */
  truth: string[]
}

export interface Problem {
  file: string
  reason: string
}

export interface Layout {
  layout: LayoutName
  items: LayoutItem[]
  problems: Problem[]
}

export const LAYOUTS: Record<LayoutName, string> = {
  bowl: 'ID/images/ID.png with ID/masks/*.png, one mask a nucleus (2018 Data Science Bowl)',
  'label-images': 'images/NAME.tif with masks/NAME.tif, an integer a nucleus (StarDist, QuPath)',
  'mask-suffix': 'NAME.tif with NAME_masks.tif beside it, an integer a nucleus (Cellpose)',
  'binary-masks': 'train/inputs/NAME.png with train/masks/NAME.png, one black-and-white mask an image',
}

const IMAGE = /\.(png|tiff?|jpe?g)$/i
const IGNORED = /(^|\/)(__MACOSX|\.[^/]*|Thumbs\.db|desktop\.ini)(\/|$)/i
const SUFFIX = /^(.*?)_(?:cp_)?masks?$/i

interface PathParts {
  path: string
  folder: string
  parent: string
  stem: string
}

/**
 * Recognises a dataset by the paths of its files alone (`/`-separated; leading folders do not matter).
 * @throws AppError INVALID_DATASET that lists what is understood and what was found
 */
export function detectLayout(paths: readonly string[]): Layout {
  const images = paths
    .filter((path) => IMAGE.test(path) && !IGNORED.test(path))
    .sort()
    .map(partsOf)
  const byFolder = new Map<string, PathParts[]>()
  for (const image of images) {
    const list = byFolder.get(image.folder)
    if (list === undefined) byFolder.set(image.folder, [image])
    else list.push(image)
  }
  const found = [
    ...(bowl(byFolder) ?? []),
    ...(folders(byFolder, 'label-images', /^images?$/i) ?? []),
    ...(folders(byFolder, 'binary-masks', /^inputs?$/i) ?? []),
  ]
  if (found.length === 0) found.push(...suffix(byFolder))
  const names = [...new Set(found.map((item) => item.layout))]
  if (names.length > 1) {
    throw new AppError(
      'INVALID_DATASET',
      `The dataset mixes layouts: ${names.map((name) => LAYOUTS[name]).join('; and ')}. Import them one by one.`,
    )
  }
  const layout = names[0]
  if (layout === undefined) throw unknownLayout(paths, images)
  const items = withUniqueNames(found)
  const problems = items.filter((item) => item.truth.length === 0).map((item) => ({ file: item.image, reason: withoutTruth(layout, item) }))
  return { layout, items, problems: [...problems, ...strayMasks(layout, items, byFolder)] }
}

type Found = LayoutItem & { layout: LayoutName; parent: string }

function partsOf(path: string): PathParts {
  const slash = path.lastIndexOf('/')
  const folder = slash === -1 ? '' : path.slice(0, slash)
  return { path, folder, parent: folder.includes('/') ? folder.slice(0, folder.lastIndexOf('/')) : '', stem: stemOf(path.slice(slash + 1)) }
}

function stemOf(file: string): string {
  return file.replace(IMAGE, '')
}

function lastPart(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}

function sibling(folder: string, name: string): string {
  return folder.includes('/') ? `${folder.slice(0, folder.lastIndexOf('/'))}/${name}` : name
}

/** The folder of truths beside a folder of images. */
function truthFolder(byFolder: Map<string, PathParts[]>, folder: string): PathParts[] {
  for (const name of ['masks', 'labels', 'Masks', 'Labels', 'mask', 'label']) {
    const found = byFolder.get(sibling(folder, name))
    if (found !== undefined) return found
  }
  return []
}

/** `ID/images/` with one image that shares no name with a mask, unless ID has no masks while other folders look like this one. */
function bowl(byFolder: Map<string, PathParts[]>): Found[] {
  const found: Found[] = []
  for (const [folder, images] of byFolder) {
    const [image] = images
    if (lastPart(folder) !== 'images' || image === undefined || images.length !== 1) continue
    const masks = truthFolder(byFolder, folder)
    const named = masks.some((mask) => mask.stem === image.stem)
    const id = lastPart(image.parent)
    if (named && !(masks.length > 1 && id === image.stem)) continue
    if (masks.length === 0 && id !== image.stem) continue
    found.push({
      layout: 'bowl',
      name: id === '' ? image.stem : id,
      image: image.path,
      truth: masks.map((mask) => mask.path),
      parent: image.parent,
    })
  }
  return found
}

function folders(byFolder: Map<string, PathParts[]>, layout: LayoutName, imagesFolder: RegExp): Found[] {
  const taken = new Set(bowl(byFolder).map((item) => item.image))
  const found: Found[] = []
  for (const [folder, images] of byFolder) {
    if (!imagesFolder.test(lastPart(folder))) continue
    const truths = new Map(
      truthFolder(byFolder, folder).flatMap((mask) => [
        [mask.stem, mask.path] as const,
        [SUFFIX.exec(mask.stem)?.[1] ?? mask.stem, mask.path] as const,
      ]),
    )
    if (truths.size === 0 && images.every((image) => taken.has(image.path))) continue
    for (const image of images) {
      if (taken.has(image.path)) continue
      const truth = truths.get(image.stem)
      found.push({ layout, name: image.stem, image: image.path, truth: truth === undefined ? [] : [truth], parent: image.parent })
    }
  }
  // A folder of images without any truth anywhere is no dataset of this layout.
  return found.some((item) => item.truth.length > 0) ? found : []
}

function suffix(byFolder: Map<string, PathParts[]>): Found[] {
  const found: Found[] = []
  for (const [folder, files] of byFolder) {
    const truths = new Map(files.flatMap((file) => (SUFFIX.test(file.stem) ? [[SUFFIX.exec(file.stem)![1]!, file.path] as const] : [])))
    if (truths.size === 0) continue
    for (const file of files) {
      if (SUFFIX.test(file.stem)) continue
      // Cellpose writes NAME_img beside NAME_masks.
      const truth = truths.get(file.stem) ?? truths.get(file.stem.replace(/_img$/i, ''))
      found.push({
        layout: 'mask-suffix',
        name: file.stem.replace(/_img$/i, ''),
        image: file.path,
        truth: truth === undefined ? [] : [truth],
        parent: folder,
      })
    }
  }
  return found
}

/** Two folders may use a name twice: then the folder is part of it. */
function withUniqueNames(found: Found[]): LayoutItem[] {
  const times = new Map<string, number>()
  for (const { name } of found) times.set(name, (times.get(name) ?? 0) + 1)
  const used = new Set<string>()
  return found.map(({ name, image, truth, parent }) => {
    let unique = times.get(name) === 1 || parent === '' ? name : `${lastPart(parent)}/${name}`
    if (used.has(unique)) unique = stemOf(image)
    while (used.has(unique)) unique += "'"
    used.add(unique)
    return { name: unique, image, truth }
  })
}

function withoutTruth(layout: LayoutName, item: LayoutItem): string {
  const stem = stemOf(lastPart(item.image))
  switch (layout) {
    case 'bowl':
      return 'has no truth: its masks/ folder is missing or holds no image'
    case 'label-images':
    case 'binary-masks':
      return `has no truth: masks/ holds no file named ${stem}`
    case 'mask-suffix':
      return `has no truth: there is no ${item.name}_masks beside it`
    default:
      return layout satisfies never
  }
}

/** Truth files that belong to no image: most often a misspelt name. */
function strayMasks(layout: LayoutName, items: LayoutItem[], byFolder: Map<string, PathParts[]>): Problem[] {
  const used = new Set(items.flatMap((item) => item.truth))
  const stray: Problem[] = []
  for (const [folder, files] of byFolder) {
    for (const file of files) {
      const isTruth = layout === 'mask-suffix' ? SUFFIX.test(file.stem) : /^(masks?|labels?)$/i.test(lastPart(folder))
      if (isTruth && !used.has(file.path)) stray.push({ file: file.path, reason: 'is a mask without an image' })
    }
  }
  return stray
}

function unknownLayout(paths: readonly string[], images: PathParts[]): AppError {
  const understood = Object.values(LAYOUTS)
    .map((text) => `  - ${text}`)
    .join('\n')
  const shown = (images.length > 0 ? images.map((image) => image.path) : [...paths].sort()).slice(0, 5)
  const what = paths.length === 0 ? 'nothing at all' : `${paths.length} files, ${images.length} of them images, such as ${shown.join(', ')}`
  return new AppError('INVALID_DATASET', `The layout of the dataset is not known. Found: ${what}. Understood are:\n${understood}`, {
    details: { found: shown, understood: Object.values(LAYOUTS) },
  })
}
