'use client'

/** When not even the frame of the page could be made: no styles to rely on. */
export default function GlobalError({ reset }: { reset: () => void }) {
  return (
    <html lang="en">
      <body style={{ fontFamily: 'system-ui, sans-serif', padding: '4rem 1.5rem', maxWidth: '40rem', margin: '0 auto' }}>
        <h1 style={{ fontSize: '1.25rem' }}>Karyon could not show this page</h1>
        <p>Training goes on by itself. Try again; if it does not help, `npx karyon doctor` says what is wrong.</p>
        <button type="button" onClick={reset}>
          Try again
        </button>
      </body>
    </html>
  )
}
