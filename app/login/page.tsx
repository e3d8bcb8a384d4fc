import type { Metadata } from 'next'
import { LoginForm } from './login-form.tsx'

export const metadata: Metadata = { title: 'Log in' }

/** Where a browser without the token is sent, and comes back from to the page it asked for. */
export default async function LoginPage({ searchParams }: { searchParams: Promise<{ next?: string | string[] }> }) {
  const { next } = await searchParams
  return <LoginForm next={localPath(typeof next === 'string' ? next : '/')} />
}

/** Only a path of this server: `//evil.example` and `/\evil.example` are other hosts to a browser. */
function localPath(next: string): string {
  return /^\/(?![/\\])/.test(next) && !next.startsWith('/login') ? next : '/'
}
