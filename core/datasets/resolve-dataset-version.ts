import { db } from '../db.ts'
import { AppError } from '../errors.ts'

export interface DatasetVersionRef {
  id: string
  name: string
  version: number
  /** name@version */
  ref: string
  synthetic: boolean
}

/**
 * The version that `name` (its newest) or `name@3` means; 32 hex digits are taken for a version's id.
 * @throws AppError RESOURCE_DOES_NOT_EXIST
 */
export async function resolveDatasetVersion(ref: string): Promise<DatasetVersionRef> {
  const [name = '', version] = ref.split('@')
  const found = await db().datasetVersion.findFirst({
    where: /^[0-9a-f]{32}$/.test(ref)
      ? { OR: [{ id: ref }, { dataset: { name: ref } }] }
      : { dataset: { name }, ...(version === undefined ? {} : { version: versionNumber(version) }) },
    orderBy: { version: 'desc' },
    select: { id: true, version: true, dataset: { select: { name: true, synthetic: true } } },
  })
  if (found === null) throw await unknownDataset(ref, name)
  return {
    id: found.id,
    name: found.dataset.name,
    version: found.version,
    ref: `${found.dataset.name}@${found.version}`,
    synthetic: found.dataset.synthetic,
  }
}

function versionNumber(text: string): number {
  return /^[1-9]\d{0,8}$/.test(text) ? Number(text) : -1
}

async function unknownDataset(ref: string, name: string): Promise<AppError> {
  const known = await db().dataset.findMany({ select: { name: true }, orderBy: { name: 'asc' }, take: 20 })
  const names = known.map((dataset) => dataset.name)
  if (names.includes(name))
    return new AppError('RESOURCE_DOES_NOT_EXIST', `The dataset ${name} has no version ${ref.slice(name.length + 1)}.`)
  const hint = names.length === 0 ? 'No dataset has been imported yet: import one first.' : `There are: ${names.join(', ')}.`
  return new AppError('RESOURCE_DOES_NOT_EXIST', `There is no dataset ${ref}. ${hint}`)
}
