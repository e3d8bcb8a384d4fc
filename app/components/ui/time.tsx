'use client'

import { useEffect, useState } from 'react'
import { formatAgo } from '@/app/lib/format.ts'

/** A moment as "4 min ago", with the full time in the reader's zone on hover. Server and first paint agree through `now`. */
export function Ago({ at, now, className }: { at: number; now?: number; className?: string }) {
  const [current, setCurrent] = useState(now ?? at)
  const [full, setFull] = useState<string>()
  useEffect(() => {
    const tick = () => setCurrent(Date.now())
    tick()
    setFull(new Date(at).toLocaleString())
    const timer = setInterval(tick, 30_000)
    return () => clearInterval(timer)
  }, [at])
  return (
    <time dateTime={new Date(at).toISOString()} title={full} className={className} suppressHydrationWarning>
      {formatAgo(at, current)}
    </time>
  )
}
