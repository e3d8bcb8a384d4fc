'use client'

import { useEffect, useState } from 'react'

/** A moment in full: UTC until the page knows the reader's zone. */
export function LocalTime({ at }: { at: number }) {
  const utc = new Date(at).toISOString().slice(0, 16).replace('T', ' ')
  const [text, setText] = useState(`${utc} UTC`)
  useEffect(() => setText(new Date(at).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' })), [at])
  return (
    <time dateTime={new Date(at).toISOString()} suppressHydrationWarning>
      {text}
    </time>
  )
}
