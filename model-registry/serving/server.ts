import { env } from '../../core/env.ts'
import { AppError, systemCode, toAppError } from '../../core/errors.ts'
import { closeDb } from '../../core/db.ts'
import { closeSql } from '../../core/sql.ts'
import { createHttpServer } from './http.ts'
import { ModelServer } from './model-server.ts'

/**
 * The model server: `node --import tsx model-registry/serving/server.ts`. Listens on loopback at SERVE_PORT; TensorFlow is
 * in its children alone, so that it answers while they compute. Ends on SIGTERM, SIGINT, or when its launcher is gone.
 */
const say = (line: string): void => console.log(`${new Date().toISOString()} ${line}`)

async function main(): Promise<void> {
  const { servePort } = env()
  const models = new ModelServer(say)
  const server = createHttpServer(models)
  const stop = (): void => {
    server.close()
    server.closeAllConnections()
    void Promise.all([models.stop(), closeDb(), closeSql()]).finally(() => process.exit(0))
    setTimeout(() => process.exit(0), 3000).unref()
  }
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)
  process.on('disconnect', stop)
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => reject(listenError(cause, servePort)))
    server.listen(servePort, '127.0.0.1', resolve)
  })
  models.start()
  say(`Model server at http://127.0.0.1:${servePort}`)
}

function listenError(cause: Error, port: number): AppError {
  const code = systemCode(cause)
  if (code === 'EADDRINUSE') {
    return new AppError(
      'RESOURCE_CONFLICT',
      `Port ${port} (SERVE_PORT) is in use: another model server or program has it. End that one, or set SERVE_PORT to a free port.`,
      { cause },
    )
  }
  if (code === 'EACCES')
    return new AppError('PERMISSION_DENIED', `Port ${port} (SERVE_PORT) needs rights that this user lacks. Choose one above 1023.`, {
      cause,
    })
  return new AppError('INTERNAL_ERROR', `The model server cannot listen on port ${port}: ${cause.message}.`, { cause })
}

main().catch((thrown: unknown) => {
  const error = toAppError(thrown)
  console.error(error.message)
  if (error.code === 'INTERNAL_ERROR') console.error(thrown)
  process.exit(error.exitStatus)
})
