'use client'

import { useEffect, useState } from 'react'
import { callApi, errorMessage } from '@/app/lib/client-api.ts'
import type { JobView } from '@/core/contracts/views.ts'

const POLL_MS = 1000

export const jobEnded = (job: Pick<JobView, 'status'>): boolean => ['finished', 'failed', 'cancelled'].includes(job.status)

/** A job, asked for each second until it has ended. @param initial shown at once */
export function useJob(jobId: string, initial: JobView | null = null): { job: JobView | null; error: string | null; reload: () => void } {
  const [job, setJob] = useState<JobView | null>(initial)
  const [error, setError] = useState<string | null>(null)
  const [round, setRound] = useState(0)
  const ended = job !== null && jobEnded(job)
  useEffect(() => {
    if (ended) return
    const stop = new AbortController()
    const load = async (): Promise<void> => {
      try {
        setJob(await callApi<JobView>(`jobs/${jobId}`, { signal: stop.signal }))
        setError(null)
      } catch (thrown) {
        if (!stop.signal.aborted) setError(errorMessage(thrown))
      }
    }
    void load()
    const timer = setInterval(() => void load(), POLL_MS)
    return () => {
      stop.abort()
      clearInterval(timer)
    }
  }, [jobId, ended, round])
  return { job, error, reload: () => setRound((n) => n + 1) }
}
