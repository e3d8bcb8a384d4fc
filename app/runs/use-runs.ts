'use client'

import { useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { callApi, errorMessage } from '@/app/lib/client-api.ts'
import { cursorOf, useStream } from '@/app/lib/live.ts'
import { applyEvents, type LiveRun } from '@/app/lib/live-state.ts'
import { isEnded, type RunView } from '@/core/contracts/views.ts'
import { type RunsQuery, toApiPath, toSearch } from './query.ts'

interface RunsAnswer {
  runs: RunView[]
  next_page_token?: string
}

export interface RunsState {
  query: RunsQuery
  setQuery: (change: Partial<RunsQuery>) => void
  runs: readonly RunView[]
  hasMore: boolean
  loading: boolean
  error: string | null
  loadMore: () => void
  reload: () => void
  patch: (runId: string, change: Partial<RunView>) => void
  remove: (runIds: ReadonlySet<string>) => void
}

const asLive = (runs: readonly RunView[]): LiveRun[] => runs.map((run) => ({ run, series: {} }))
/** Live runs of one table that are listened to: more are not in sight at once. */
const MOST_LIVE = 50

/** The rows of the runs table: pages of a search, kept live. */
export function useRuns(
  initialQuery: RunsQuery,
  initialRuns: readonly RunView[],
  initialToken: string | undefined,
  initialError: string | null,
  pageSize: number,
): RunsState {
  const [query, setQueryState] = useState(initialQuery)
  const [rows, setRows] = useState<readonly LiveRun[]>(() => asLive(initialRuns))
  const [token, setToken] = useState(initialToken)
  const [loading, setLoading] = useState(false)
  const [error, setError] = useState(initialError)
  const request = useRef<AbortController>(undefined)
  useEffect(() => () => request.current?.abort(), [])

  const read = useCallback(
    async (of: RunsQuery, after?: string) => {
      request.current?.abort()
      const stop = (request.current = new AbortController())
      setLoading(true)
      try {
        const answer = await callApi<RunsAnswer>(toApiPath(of, pageSize, after), { signal: stop.signal })
        setRows((before) => (after === undefined ? asLive(answer.runs) : [...before, ...asLive(answer.runs)]))
        setToken(answer.next_page_token)
        setError(null)
      } catch (thrown) {
        if (stop.signal.aborted) return
        setError(errorMessage(thrown))
      }
      if (!stop.signal.aborted) setLoading(false)
    },
    [pageSize],
  )
  const setQuery = useCallback(
    (change: Partial<RunsQuery>) => {
      const next = { ...query, ...change }
      setQueryState(next)
      const search = toSearch(next)
      window.history.replaceState(window.history.state, '', search === '' ? window.location.pathname : `?${search}`)
      void read(next)
    },
    [query, read],
  )

  const live = rows
    .filter(({ run }) => !isEnded(run.status) && run.source === 'karyon')
    .slice(0, MOST_LIVE)
    .map(({ run }) => run)
  const ids = live.map((run) => run.run_id).join(',')
  useStream(ids === '' ? null : { of: `runs=${ids}`, cursor: cursorOf(live) }, (events) => setRows((before) => applyEvents(before, events)))

  return {
    query,
    setQuery,
    runs: useMemo(() => rows.map(({ run }) => run), [rows]),
    hasMore: token !== undefined,
    loading,
    error,
    loadMore: useCallback(() => {
      if (token !== undefined && !loading) void read(query, token)
    }, [token, loading, query, read]),
    reload: useCallback(() => void read(query), [query, read]),
    patch: useCallback(
      (runId, change) =>
        setRows((before) => before.map((live) => (live.run.run_id === runId ? { ...live, run: { ...live.run, ...change } } : live))),
      [],
    ),
    remove: useCallback((runIds) => setRows((before) => before.filter(({ run }) => !runIds.has(run.run_id))), []),
  }
}
