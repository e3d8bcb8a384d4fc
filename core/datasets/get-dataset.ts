import type { DatasetVersionView, DatasetView, Side } from '../contracts/views.ts'
import { SIDES } from '../contracts/views.ts'
import { db } from '../db.ts'
import { AppError } from '../errors.ts'
import { sql } from '../sql.ts'
import { baselineSummary } from './baseline-summary.ts'
import { leakCheck, type PlacedImage } from './leak-check.ts'
import { resolveDatasetVersion } from './resolve-dataset-version.ts'
import { countTestLooks } from './test-looks.ts'

/** Every dataset with its newest version, newest first. */
export async function listDatasets(): Promise<DatasetView[]> {
  const datasets = await db().dataset.findMany({
    where: { datasetVersions: { some: {} } },
    select: { name: true },
    orderBy: { createdAt: 'desc' },
  })
  return Promise.all(datasets.map(({ name }) => getDataset(name)))
}

/**
 * @param name a dataset's name; with `name@3` the view's `latest` is that version
 * @throws AppError RESOURCE_DOES_NOT_EXIST
 */
export async function getDataset(name: string): Promise<DatasetView> {
  const { id, name: datasetName } = await resolveDatasetVersion(name)
  const dataset = await db().dataset.findUniqueOrThrow({
    where: { name: datasetName },
    include: {
      datasetVersions: { orderBy: { version: 'desc' }, select: { version: true, imageCount: true, objectCount: true, createdAt: true } },
    },
  })
  return {
    name: dataset.name,
    description: dataset.description,
    synthetic: dataset.synthetic,
    latest: await getDatasetVersion(id),
    versions: dataset.datasetVersions.map((version) => ({
      version: version.version,
      image_count: version.imageCount,
      object_count: version.objectCount,
      created_at: version.createdAt.getTime(),
    })),
    created_at: dataset.createdAt.getTime(),
  }
}

/**
 * @param ref a version's id, `name` (newest) or `name@3`
 * @throws AppError RESOURCE_DOES_NOT_EXIST
 */
export async function getDatasetVersion(ref: string): Promise<DatasetVersionView> {
  const { id } = await resolveDatasetVersion(ref)
  const version = await db().datasetVersion.findUnique({
    where: { id },
    include: {
      dataset: true,
      splits: { orderBy: { seed: 'asc' }, select: { id: true, seed: true } },
      _count: { select: { imageGroups: true } },
    },
  })
  if (version === null) throw new AppError('RESOURCE_DOES_NOT_EXIST', `There is no dataset version ${ref}.`)
  return {
    dataset_version_id: version.id,
    name: version.dataset.name,
    version: version.version,
    ref: `${version.dataset.name}@${version.version}`,
    synthetic: version.dataset.synthetic,
    derived: version.derived,
    layout: version.layout,
    source: version.source,
    content_hash: version.contentHash,
    image_count: version.imageCount,
    object_count: version.objectCount,
    group_count: version._count.imageGroups,
    diameters: { p10: version.diameterP10, p50: version.diameterP50, p90: version.diameterP90 },
    warnings: (version.warnings as unknown[]).map(String),
    strata: await strataOf(id),
    splits: await Promise.all(version.splits.map((split) => splitView(split.id, split.seed))),
    test_looks: await countTestLooks(id),
    created_at: version.createdAt.getTime(),
  }
}

async function strataOf(versionId: string): Promise<DatasetVersionView['strata']> {
  return sql()<DatasetVersionView['strata']>`
    select stratum, count(*) as images, count(distinct group_id) as groups, sum(object_count) as objects, bool_or(stratum_guessed) as guessed
    from dataset_image where dataset_version_id = ${versionId} group by stratum order by count(*) desc, stratum`
}

async function splitView(splitId: string, seed: number): Promise<DatasetVersionView['splits'][number]> {
  const [images, baseline] = await Promise.all([
    sql()<(PlacedImage & { objects: number })[]>`
      select i.name, g.name as "group", sg.side, i.image_key as "imageKey", i.object_count as objects
      from split s join dataset_image i on i.dataset_version_id = s.dataset_version_id
      join image_group g on g.id = i.group_id
      left join split_group sg on sg.split_id = s.id and sg.group_id = i.group_id
      where s.id = ${splitId} order by i.ordinal`,
    baselineSummary(splitId, 'val'),
  ])
  const side = (name: Side): { images: number; groups: number; objects: number } => {
    const there = images.filter((image) => image.side === name)
    return {
      images: there.length,
      groups: new Set(there.map((image) => image.group)).size,
      objects: there.reduce((sum, image) => sum + image.objects, 0),
    }
  }
  return {
    split_id: splitId,
    seed,
    sides: Object.fromEntries(SIDES.map((name) => [name, side(name)])) as Record<Side, ReturnType<typeof side>>,
    leak_check: leakCheck(images),
    baseline,
  }
}
