import { db } from '../db.ts'
import { AppError } from '../errors.ts'

/**
 * Corrects the guessed stratum of images. The sides of splits stay: what was sealed stays sealed.
 * @throws AppError INVALID_PARAMETER_VALUE, RESOURCE_DOES_NOT_EXIST
 */
export async function setStratum(imageIds: readonly string[], stratum: string): Promise<void> {
  const name = stratum.trim()
  if (!/^[A-Za-z0-9][A-Za-z0-9 _.-]{0,99}$/.test(name)) {
    throw new AppError('INVALID_PARAMETER_VALUE', 'A stratum is a short name of letters, digits, space, dot, underscore and hyphen.', {
      details: { fields: { stratum: 'is no short name' } },
    })
  }
  const { count } = await db().datasetImage.updateMany({
    where: { id: { in: [...imageIds] } },
    data: { stratum: name, stratumGuessed: false },
  })
  if (count < new Set(imageIds).size)
    throw new AppError('RESOURCE_DOES_NOT_EXIST', `${new Set(imageIds).size - count} of these images do not exist.`)
}
