import { modelSpecSchema } from '../core/contracts/model-spec.ts'
import type { ModelVersionView } from '../core/contracts/views.ts'
import type { Prisma } from '../core/db.ts'

/** What a version's view is made of. */
export const versionInclude = {
  model: { select: { name: true } },
  modelAliases: { select: { alias: true }, orderBy: { alias: 'asc' } },
  run: { select: { name: true } },
  datasetVersion: { select: { version: true, dataset: { select: { name: true } } } },
  // Scores of the sealed test side, and of validation where it was scored again, belong to the version once they are known.
  evaluations: { select: { summary: true }, orderBy: { createdAt: 'asc' } },
} satisfies Prisma.ModelVersionInclude

export type VersionRow = Prisma.ModelVersionGetPayload<{ include: typeof versionInclude }>

export function toVersionView(row: VersionRow): ModelVersionView {
  const metrics = numbersOf(row.metrics)
  for (const { summary } of row.evaluations) {
    for (const [key, value] of Object.entries(numbersOf(summary))) metrics[key] ??= value
  }
  return {
    name: row.model.name,
    version: String(row.version),
    aliases: row.modelAliases.map(({ alias }) => alias),
    run_id: row.runId,
    run_name: row.run?.name ?? null,
    epoch: row.epoch,
    dataset: row.datasetVersion === null ? null : `${row.datasetVersion.dataset.name}@${row.datasetVersion.version}`,
    dataset_version_id: row.datasetVersionId,
    split_id: row.splitId,
    spec: modelSpecSchema.parse(row.spec),
    metrics,
    params: paramsOf(row.params),
    size: Number(row.size),
    notes: row.notes,
    created_by: row.createdBy,
    created_at: row.createdAt.getTime(),
  }
}

/** The numbers of a JSON object; what else it holds is left out. */
export function numbersOf(json: unknown): Record<string, number> {
  const out: Record<string, number> = {}
  for (const [key, value] of Object.entries(asObject(json))) if (typeof value === 'number') out[key] = value
  return out
}

function paramsOf(json: unknown): ModelVersionView['params'] {
  const out: ModelVersionView['params'] = {}
  for (const [key, value] of Object.entries(asObject(json))) {
    if (typeof value === 'number' || typeof value === 'string' || typeof value === 'boolean') out[key] = value
  }
  return out
}

function asObject(json: unknown): object {
  return typeof json === 'object' && json !== null ? json : {}
}
