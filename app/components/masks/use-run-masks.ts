'use client'

import { useEffect, useMemo, useRef, useState } from 'react'
import { callApi, errorMessage } from '@/app/lib/client-api.ts'
import type { RunMasks } from '@/core/contracts/views.ts'
import { type EpochSelection, resolveEpoch } from './epochs.ts'

export interface RunMasksState {
  /** By run id; a run whose masks are on their way keeps those shown before. */
  masks: Readonly<Record<string, RunMasks>>
  /** Each run's newest answer: which epochs are stored, and which is the best. */
  index: Readonly<Record<string, RunMasks>>
  /** Everything that is known of single epochs, to fetch their maps ahead. */
  stored: Readonly<Record<string, RunMasks>>
  /** True until every run has answered once. */
  loading: boolean
  error: string | null
}

export type ImageSet = 'panel' | 'all'

const POLL_MS = 2000

const pathOf = (id: string, epoch: number | 'best' | null, images: ImageSet): string => {
  const query = new URLSearchParams()
  if (epoch !== null) query.set('epoch', String(epoch))
  if (images === 'all') query.set('image_ids', 'all')
  return `runs/${id}/masks?${query}`
}

const keyOf = (id: string, epoch: number | 'best', known: RunMasks, images: ImageSet): string =>
  `${images}:${id}:${epoch === 'best' ? `best${known.best_epoch ?? 0}` : epoch}`

/** Whether a new answer says anything new, so that polling re-renders nothing in vain. */
function sameMasks(a: RunMasks | undefined, b: RunMasks): boolean {
  if (a === undefined) return false
  return (
    a.best_epoch === b.best_epoch &&
    a.epochs.length === b.epochs.length &&
    a.masks.length === b.masks.length &&
    a.masks.every((mask, i) => mask.artifact_id === b.masks[i]?.artifact_id)
  )
}

/**
 * Stored masks of some runs at one selection of epochs. An epoch's masks never change once stored, so each is asked for
 * once; what changes while a run trains (the list of epochs, the best) is asked for again every two seconds.
 *
 * @param runIds in the order of the columns
 * @param options.liveIds those still training
 * @param options.refresh anything whose change means that new masks may be there, e.g. a count of artifact events
 * @param options.images the panel, or every image that has a map (the whole validation side at a run's best epoch)
 */
export function useRunMasks(
  runIds: readonly string[],
  selection: EpochSelection,
  { liveIds = [], refresh = null, images = 'panel' }: { liveIds?: readonly string[]; refresh?: unknown; images?: ImageSet } = {},
): RunMasksState {
  const [index, setIndex] = useState<Record<string, RunMasks>>({})
  const [byEpoch, setByEpoch] = useState<Record<string, RunMasks>>({})
  const [error, setError] = useState<string | null>(null)
  const [answered, setAnswered] = useState<ReadonlySet<string>>(new Set())
  const shown = useRef<Record<string, RunMasks>>({})
  const asked = useRef(new Set<string>())
  const ids = runIds.join(',')
  const live = liveIds.filter((id) => runIds.includes(id)).join(',')

  useEffect(() => {
    const stop = new AbortController()
    const load = async (id: string): Promise<void> => {
      try {
        const answer = await callApi<RunMasks>(pathOf(id, null, 'panel'), { signal: stop.signal })
        setIndex((before) => (sameMasks(before[id], answer) ? before : { ...before, [id]: answer }))
        setError(null)
      } catch (thrown) {
        if (!stop.signal.aborted) setError(errorMessage(thrown))
      } finally {
        if (!stop.signal.aborted) setAnswered((before) => (before.has(id) ? before : new Set(before).add(id)))
      }
    }
    for (const id of ids.split(',').filter(Boolean)) void load(id)
    const timer = live === '' ? undefined : setInterval(() => document.hidden || live.split(',').forEach((id) => void load(id)), POLL_MS)
    return () => {
      stop.abort()
      clearInterval(timer)
    }
  }, [ids, live, refresh])

  // What is shown now first, then every other stored epoch, so that the slider finds them ready. Nothing is aborted: an
  // answer is good whenever it comes, and each is asked for once.
  useEffect(() => {
    const wanted: { key: string; id: string; epoch: number | 'best' }[] = []
    const want = (id: string, epoch: number | 'best' | null): void => {
      const known = index[id]
      if (known === undefined || epoch === null) return
      const key = keyOf(id, epoch, known, images)
      if (asked.current.has(key)) return
      asked.current.add(key)
      wanted.push({ key, id, epoch })
    }
    const all = ids.split(',').filter(Boolean)
    for (const id of all) if (index[id] !== undefined) want(id, resolveEpoch(index[id], selection))
    for (const id of all) for (const epoch of images === 'panel' ? (index[id]?.epochs ?? []) : []) want(id, epoch)
    const load = async ({ key, id, epoch }: (typeof wanted)[number]): Promise<void> => {
      try {
        const answer = await callApi<RunMasks>(pathOf(id, epoch, images))
        setByEpoch((before) => ({ ...before, [key]: answer }))
      } catch (thrown) {
        asked.current.delete(key)
        setError(errorMessage(thrown))
      }
    }
    // One after the other: the picture files need the connections more.
    void wanted.reduce((before, one) => before.then(() => load(one)), Promise.resolve())
  }, [ids, index, selection, images])

  const masks = useMemo(() => {
    const result: Record<string, RunMasks> = {}
    for (const id of ids.split(',').filter(Boolean)) {
      const known = index[id]
      if (known === undefined) continue
      const epoch = resolveEpoch(known, selection)
      if (epoch === null) {
        result[id] = { ...known, masks: [] }
        continue
      }
      const key = keyOf(id, epoch, known, images)
      const found = byEpoch[key] ?? shown.current[id]
      if (found !== undefined) result[id] = { ...found, epochs: known.epochs, best_epoch: known.best_epoch }
    }
    shown.current = { ...shown.current, ...result }
    return result
  }, [ids, index, byEpoch, selection, images])

  // A run that has stored epochs is still loading until those that are asked for are there.
  const loading =
    error === null && ids.split(',').some((id) => id !== '' && (!answered.has(id) || (index[id] !== undefined && masks[id] === undefined)))
  return { masks, index, stored: byEpoch, loading, error }
}
