/** Runs once when the dashboard's server starts, before it answers anything. */
export async function register(): Promise<void> {
  if (process.env.NEXT_RUNTIME !== 'nodejs') return
  const { notePeers } = await import('@/app/lib/server/peer.ts')
  notePeers()
}
