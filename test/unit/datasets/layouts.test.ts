import { describe, expect, it } from 'vitest'
import { detectLayout } from '../../../core/datasets/layouts.ts'
import { userGroups } from '../../../core/datasets/user-groups.ts'

describe('layouts', () => {
  const bowl = ['a1/images/a1.png', 'a1/masks/x.png', 'a1/masks/y.png', 'b2/images/b2.png', 'b2/masks/z.png']

  it.each([
    ['', 'without a top folder'],
    ['stage1_train/', 'with it'],
    ['some/deep/folder/stage1_train/', 'below others'],
  ])('knows the Bowl %j (%s)', (top) => {
    const { layout, items, problems } = detectLayout([
      ...bowl.map((path) => top + path),
      '__MACOSX/a1/images/._a1.png',
      `${top}.DS_Store`,
      `${top}readme.txt`,
    ])
    expect(layout).toBe('bowl')
    expect(problems).toEqual([])
    expect(items).toEqual([
      { name: 'a1', image: `${top}a1/images/a1.png`, truth: [`${top}a1/masks/x.png`, `${top}a1/masks/y.png`] },
      { name: 'b2', image: `${top}b2/images/b2.png`, truth: [`${top}b2/masks/z.png`] },
    ])
  })

  it('names a Bowl image without masks', () => {
    const { problems } = detectLayout([...bowl, 'c3/images/c3.png'])
    expect(problems).toEqual([{ file: 'c3/images/c3.png', reason: 'has no truth: its masks/ folder is missing or holds no image' }])
  })

  it('knows label images, also in train and test', () => {
    const { layout, items } = detectLayout(['d/images/a.tif', 'd/masks/a.tif', 'd/images/b.tif', 'd/masks/b.png'])
    expect(layout).toBe('label-images')
    expect(items.map((item) => [item.name, item.truth[0]])).toEqual([
      ['a', 'd/masks/a.tif'],
      ['b', 'd/masks/b.png'],
    ])
    const two = detectLayout(['train/images/a.tif', 'train/masks/a.tif', 'test/images/a.tif', 'test/masks/a.tif'])
    expect(two.items.map((item) => item.name)).toEqual(['test/a', 'train/a'])
    expect(detectLayout(['images/one.tif', 'masks/one.tif']).layout).toBe('label-images')
  })

  it('names what has no partner', () => {
    const { problems } = detectLayout(['images/a.tif', 'masks/a.tif', 'images/b.tif', 'masks/bb.tif'])
    expect(problems).toEqual([
      { file: 'images/b.tif', reason: 'has no truth: masks/ holds no file named b' },
      { file: 'masks/bb.tif', reason: 'is a mask without an image' },
    ])
  })

  it('knows masks beside images', () => {
    const { layout, items, problems } = detectLayout([
      'x/001.tif',
      'x/001_masks.tif',
      'x/002_img.png',
      'x/002_masks.png',
      'x/003.tif',
      'x/003_cp_masks.png',
      'x/004.tif',
    ])
    expect(layout).toBe('mask-suffix')
    expect(items.slice(0, 3).map((item) => [item.name, item.truth[0]])).toEqual([
      ['001', 'x/001_masks.tif'],
      ['002', 'x/002_masks.png'],
      ['003', 'x/003_cp_masks.png'],
    ])
    expect(problems).toEqual([{ file: 'x/004.tif', reason: 'has no truth: there is no 004_masks beside it' }])
  })

  it('knows binary masks', () => {
    const { layout, items } = detectLayout(['train/inputs/a.png', 'train/masks/a.png', 'test/inputs/b.png', 'test/masks/b.png'])
    expect(layout).toBe('binary-masks')
    expect(items.map((item) => item.name)).toEqual(['b', 'a'])
  })

  it('says what it understands when it does not', () => {
    expect(() => detectLayout(['photos/a.png', 'photos/b.png'])).toThrow(
      /2 files, 2 of them images, such as photos\/a\.png(.|\n)*NAME_masks\.tif/,
    )
    expect(() => detectLayout([])).toThrow(/Found: nothing at all/)
    expect(() => detectLayout(['notes.txt'])).toThrow(/1 files, 0 of them images, such as notes\.txt/)
  })

  it('refuses two layouts at once', () => {
    expect(() => detectLayout([...bowl, 'q/inputs/a.png', 'q/masks/a.png'])).toThrow(/mixes layouts/)
  })
})

describe('groups of the user', () => {
  const images = [
    { name: 'p1_a', image: 'images/p1_a.tif' },
    { name: 'p1_b', image: 'images/p1_b.tif' },
    { name: 'x', image: 'images/x.tif' },
  ]

  it('come from a pattern', () => {
    expect(userGroups(images, { groupPattern: '(p\\d+)_' })).toEqual(['p1', 'p1', undefined])
    expect(() => userGroups(images, { groupPattern: '(' })).toThrow(/no regular expression/)
    expect(() => userGroups(images, { groupPattern: 'plate' })).toThrow(/matches no image; the first is images\/p1_a\.tif/)
  })

  it('come from a CSV', () => {
    expect(userGroups(images, { groupCsv: 'image,group\np1_a,slide 1\r\np1_b.tif,"slide 2"\nimages/x.tif,slide 1\n' })).toEqual([
      'slide 1',
      'slide 2',
      'slide 1',
    ])
    expect(() => userGroups(images, { groupCsv: 'p1_a;s\nbroken\n' })).toThrow(/Line 2/)
    expect(() => userGroups(images, { groupCsv: 'nobody,s\n' })).toThrow(/names no image/)
  })
})
