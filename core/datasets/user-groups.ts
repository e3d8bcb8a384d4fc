import { AppError } from '../errors.ts'

/**
 * The groups a user knows of: slide, patient, plate.
 * @param pattern a regular expression on the image's path; its first group (or a group named `group`) is the group's name
 * @param csv text of two columns, image and group; the image is its name, file name or path; a header line is recognised
 * @returns the group of every image, undefined where none is given
 * @throws AppError INVALID_PARAMETER_VALUE for a pattern or CSV that cannot be used
 */
export function userGroups(
  images: readonly { name: string; image: string }[],
  options: { groupPattern?: string | undefined; groupCsv?: string | undefined },
): (string | undefined)[] {
  const { groupPattern, groupCsv } = options
  if (groupCsv !== undefined) return fromCsv(images, groupCsv)
  if (groupPattern !== undefined) return fromPattern(images, groupPattern)
  return images.map(() => undefined)
}

function fromPattern(images: readonly { name: string; image: string }[], pattern: string): (string | undefined)[] {
  let expression: RegExp
  try {
    expression = new RegExp(pattern, 'u')
  } catch (cause) {
    throw new AppError('INVALID_PARAMETER_VALUE', `The group pattern ${pattern} is no regular expression.`, {
      cause,
      details: { fields: { group_pattern: 'is no regular expression' } },
    })
  }
  const groups = images.map(({ image }) => {
    const match = expression.exec(image)
    return match === null ? undefined : (match.groups?.group ?? match[1] ?? match[0])
  })
  if (groups.every((group) => group === undefined)) {
    throw new AppError(
      'INVALID_PARAMETER_VALUE',
      `The group pattern ${pattern} matches no image; the first is ${images[0]?.image ?? 'missing'}.`,
      { details: { fields: { group_pattern: 'matches no image' } } },
    )
  }
  return groups
}

function fromCsv(images: readonly { name: string; image: string }[], csv: string): (string | undefined)[] {
  const groups = new Map<string, string>()
  const lines = csv.replace(/^\uFEFF/, '').split(/\r?\n/)
  lines.forEach((line, index) => {
    if (line.trim() === '') return
    const cells = line
      .split(line.includes('\t') ? '\t' : line.includes(';') ? ';' : ',')
      .map((cell) => cell.trim().replace(/^"(.*)"$/, '$1'))
    if (index === 0 && cells[1]?.toLowerCase() === 'group') return
    if (cells.length < 2 || cells[0] === '' || cells[1] === '') {
      throw new AppError('INVALID_PARAMETER_VALUE', `Line ${index + 1} of the group CSV is not "image,group": ${line.slice(0, 100)}`, {
        details: { fields: { group_csv: `line ${index + 1} is not "image,group"` } },
      })
    }
    groups.set(cells[0]!, cells[1]!)
  })
  const found = images.map(({ name, image }) => {
    const file = image.slice(image.lastIndexOf('/') + 1)
    return groups.get(name) ?? groups.get(image) ?? groups.get(file) ?? groups.get(file.replace(/\.[^.]+$/, ''))
  })
  if (found.every((group) => group === undefined)) {
    throw new AppError(
      'INVALID_PARAMETER_VALUE',
      `The group CSV names no image of the dataset; the first image is ${images[0]?.name ?? 'missing'}.`,
      { details: { fields: { group_csv: 'names no image of the dataset' } } },
    )
  }
  return found
}
