#!/usr/bin/env node
// The `karyon` command. Plain Node: it must be able to say what is missing before anything is installed.
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const [major, minor] = process.versions.node.split('.').map(Number)
if (!((major === 20 && minor >= 19) || (major === 22 && minor >= 12) || major >= 24)) {
  process.stderr.write(
    `Error: Karyon needs Node 20.19, 22.12 or 24; this is ${process.versions.node}.\nInstall one of them from https://nodejs.org.\n`,
  )
  process.exit(1)
}

const checkout = fileURLToPath(new URL('..', import.meta.url))
const needed = ['node_modules/tsx/package.json', 'node_modules/zod/package.json', 'core/generated/prisma/client.ts']
// `up` and `doctor` exist to set up and to say what is missing: they need nothing that is installed.
const bare = { up: 'setup/start.mjs', doctor: 'setup/doctor.mjs' }[process.argv[2]]

if (needed.every((path) => existsSync(`${checkout}${path}`))) {
  const { register } = await import('tsx/esm/api')
  register()
  await import('./main.ts')
} else if (bare !== undefined) {
  const { spawn } = await import('node:child_process')
  const child = spawn(process.execPath, [`${checkout}${bare}`, ...process.argv.slice(3)], { stdio: 'inherit' })
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => undefined)
  child.once('exit', (code, signal) => process.exit(signal === null ? (code ?? 1) : 130))
} else {
  process.stderr.write('Error: Karyon is not set up in this folder yet.\nRun `npm start` once: it installs and builds what is needed.\n')
  process.exit(1)
}
