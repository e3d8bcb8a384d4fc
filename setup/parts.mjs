import { join } from 'node:path'
import { checkout, setting } from './paths.mjs'
import { isLoopback } from './options.mjs'

/** The address that people open and that the launcher itself asks. */
export function dashboardUrl({ host, port }) {
  const name = host === 'localhost' || host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host
  return `http://${name.includes(':') ? `[${name}]` : name}:${port}`
}

/** The three programs beside PostgreSQL, as the supervisor starts them. */
export function parts({ home, host, port, servePort }) {
  const env = {
    NODE_ENV: 'production',
    NEXT_TELEMETRY_DISABLED: '1',
    KARYON_HOME: home,
    HOST: host,
    PORT: String(port),
    SERVE_PORT: String(servePort),
    // The library's own chatter; what it fails with reaches the log as an error anyway.
    TF_CPP_MIN_LOG_LEVEL: setting('TF_CPP_MIN_LOG_LEVEL') ?? '2',
    TF_FORCE_GPU_ALLOW_GROWTH: 'true',
  }
  const tsx = ['--import', 'tsx']
  return [
    {
      name: 'dashboard',
      args: [join(checkout, 'node_modules/next/dist/bin/next'), 'start', '--hostname', host, '--port', String(port)],
      cwd: checkout,
      env,
      patienceMs: 3000,
    },
    { name: 'trainer', args: [...tsx, join(checkout, 'trainer/agent.ts')], cwd: checkout, env, patienceMs: 15_000 },
    { name: 'model-server', args: [...tsx, join(checkout, 'model-registry/serving/server.ts')], cwd: checkout, env, patienceMs: 5000 },
  ]
}

/** Whether the dashboard answers its health check. */
export async function dashboardAnswers(options) {
  const headers = options.token === undefined || isLoopback(options.host) ? {} : { authorization: `Bearer ${options.token}` }
  return answers(`${dashboardUrl(options)}/api/v1/health`, headers)
}

/** Whether the model server answers its health check. */
export async function modelServerAnswers({ servePort }) {
  return answers(`http://127.0.0.1:${servePort}/health`)
}

/** Whether the agent with this pid has registered and beats. */
export async function trainerBeats(databaseUrl, pid) {
  if (pid === undefined) return false
  const { default: postgres } = await import('postgres')
  const sql = postgres(databaseUrl, { max: 1, connect_timeout: 3, onnotice: () => {} })
  try {
    const rows = await sql`select 1 from trainer where pid = ${pid} and beat_at > now() - interval '20 seconds' limit 1`
    return rows.length > 0
  } catch {
    return false
  } finally {
    await sql.end({ timeout: 1 })
  }
}

async function answers(url, headers = {}) {
  try {
    const response = await fetch(url, { headers, signal: AbortSignal.timeout(5000) })
    await response.arrayBuffer()
    return response.ok
  } catch {
    return false
  }
}
