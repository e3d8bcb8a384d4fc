'use client'

import { useEffect, useState } from 'react'
import { callApi, errorMessage } from './client-api.ts'

export type Loaded<T> = { data: T | undefined; error: string | undefined; loading: boolean }

/**
 * Reads `/api/v1/PATH`, and again when `path` or `refresh` changes; what was there stays in sight meanwhile.
 * @param path null: nothing to read (yet)
 */
export function useApi<T>(path: string | null, refresh: unknown = null): Loaded<T> {
  const [state, setState] = useState<{ path: string | null; data: T | undefined; error: string | undefined }>({
    path: null,
    data: undefined,
    error: undefined,
  })
  useEffect(() => {
    if (path === null) return
    const stop = new AbortController()
    callApi<T>(path, { signal: stop.signal }).then(
      (data) => setState({ path, data, error: undefined }),
      (thrown: unknown) => {
        if (!stop.signal.aborted) setState((before) => ({ path, data: before.data, error: errorMessage(thrown) }))
      },
    )
    return () => stop.abort()
  }, [path, refresh])
  return { data: state.data, error: state.error, loading: path !== null && state.path !== path }
}
