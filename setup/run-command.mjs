import { spawn } from 'node:child_process'
import { SetupError } from './failure.mjs'

const TAIL = 4000

// What is still running when this process leaves (Ctrl-C in the middle of an installation) must not run on.
const running = new Set()
process.on('exit', () => {
  for (const child of running) child.kill('SIGTERM')
})

/**
 * Runs a program to its end. Its output is kept, not shown; the last of it goes into the error.
 * @param {string} program
 * @param {string[]} args
 * @param {{ cwd?: string, env?: Record<string, string | undefined>, uid?: number, gid?: number, fix?: string,
 *   input?: string }} [options] `input` goes to standard input
 * @returns {Promise<string>} standard output
 * @throws SetupError when it cannot be started or does not exit with 0
 */
export function runCommand(program, args, { cwd, env = process.env, uid, gid, fix, input } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, env, uid, gid, stdio: ['pipe', 'pipe', 'pipe'] })
    child.stdin.on('error', () => {}) // it need not read what it is given
    child.stdin.end(input)
    running.add(child)
    let stdout = ''
    let tail = ''
    child.stdout.setEncoding('utf8').on('data', (text) => {
      stdout += text
      tail = (tail + text).slice(-TAIL)
    })
    child.stderr.setEncoding('utf8').on('data', (text) => {
      tail = (tail + text).slice(-TAIL)
    })
    child.on('error', (cause) => {
      running.delete(child)
      reject(new SetupError(`${program} could not be started: ${cause.message}`, fix, { cause }))
    })
    child.on('close', (code, signal) => {
      running.delete(child)
      if (code === 0) return resolve(stdout)
      const end = signal ? `was stopped by ${signal}` : `ended with status ${code}`
      reject(new SetupError(`\`${[program, ...args.slice(0, 3)].join(' ')}\` ${end}:\n${indent(tail)}`, fix))
    })
  })
}

/** The first of several programs that runs with `args` and exits with 0, or undefined. */
export async function findProgram(candidates, args) {
  for (const candidate of candidates) {
    const [program, ...first] = candidate
    try {
      const output = await runCommand(program, [...first, ...args])
      return { command: candidate, output: output.trim() }
    } catch {
      // The next one may.
    }
  }
  return undefined
}

function indent(text) {
  return text
    .trim()
    .split('\n')
    .slice(-25)
    .map((line) => `  ${line}`)
    .join('\n')
}
