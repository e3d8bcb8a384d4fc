import { readFileSync } from 'node:fs'
import { type AppError, toAppError } from '../core/errors.ts'
import { commands } from './commands.ts'
import { closeConnections } from './connections.ts'
import { commandHelp, overview } from './help.ts'
import { parseCommandLine } from './parse-command.ts'

/** The `karyon` command: parse, run, and end with a status that scripts can branch on. */
async function main(argv: readonly string[]): Promise<number> {
  const parsed = parseCommandLine(commands, argv)
  switch (parsed.kind) {
    case 'version': {
      const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }
      process.stdout.write(`${version}\n`)
      return 0
    }
    case 'help':
      process.stdout.write(parsed.command === undefined ? overview(commands, parsed.group) : commandHelp(parsed.command))
      return 0
    case 'run':
      return (await parsed.command.run(parsed.input)) ?? 0
    default:
      throw new Error(`unknown ${JSON.stringify(parsed satisfies never)}`)
  }
}

function report(error: AppError, json: boolean): void {
  if (json) {
    process.stderr.write(`${JSON.stringify({ error_code: error.code, message: error.message, ...error.details })}\n`)
    return
  }
  process.stderr.write(`Error: ${error.message}\n`)
  const problems = error.details?.['problems']
  if (Array.isArray(problems)) {
    for (const { file, reason } of (problems as { file: string; reason: string }[]).slice(0, 20))
      process.stderr.write(`  ${file}: ${reason}\n`)
    if (problems.length > 20) process.stderr.write(`  and ${problems.length - 20} more\n`)
  }
  if (error.code === 'INTERNAL_ERROR') console.error(error.cause)
}

// A reader that has seen enough (`karyon run list | head`) is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1))

const argv = process.argv.slice(2)
try {
  process.exitCode = await main(argv)
} catch (thrown) {
  const error = toAppError(thrown)
  report(error, argv.includes('--json'))
  process.exitCode = error.exitStatus
} finally {
  await closeConnections()
}
