import './check-node.mjs'

const { readOptions } = await import('./options.mjs')
const { reportFailure } = await import('./failure.mjs')
const { run } = await import('./launch.mjs')

try {
  const options = readOptions(process.argv.slice(2))
  if (options !== 'help') process.exitCode = await run(options)
} catch (error) {
  process.exitCode = reportFailure(error)
}
