import type { ModelVersionView, ModelView } from '@/core/contracts/views.ts'

export const CHAMPION = 'champion'

/** The version that an alias points to; undefined where it points nowhere. */
export function versionOf(model: Pick<ModelView, 'aliases' | 'versions'>, alias: string): ModelVersionView | undefined {
  const version = model.aliases[alias]
  return version === undefined ? undefined : model.versions.find((one) => one.version === version)
}

export const championOf = (model: Pick<ModelView, 'aliases' | 'versions'>): ModelVersionView | undefined => versionOf(model, CHAMPION)
