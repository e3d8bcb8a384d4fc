import { toAppError, AppError } from '../../core/errors.ts'

/** Runs `work` with the argument that the command line's one JSON text gives; failures end the process with one clear message. */
export async function inChild<T>(work: (argument: T) => Promise<void>): Promise<void> {
  try {
    await work(JSON.parse(process.argv[2] ?? '{}') as T)
  } catch (thrown) {
    console.error(thrown instanceof AppError ? thrown.message : thrown)
    process.exitCode = toAppError(thrown).exitStatus
  }
}
