import { existsSync } from 'node:fs'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { childEnvironment, env } from '../../core/env.ts'
import { AppError } from '../../core/errors.ts'
import { runProgram } from './run-program.ts'

/** The TensorFlow that Karyon itself is bound to, and the Keras that was current with it. numpy comes with them. */
const REQUIREMENTS = ['tensorflow-cpu==2.21.0', 'keras==3.15.1']
const RECORD = 'complete.json'

/** How Python is started so that it finds Keras. */
export interface PythonEnvironment {
  program: string
  variables: NodeJS.ProcessEnv
}

/**
 * A Python with Keras, made once below KARYON_CACHE: a virtual environment, or, where Debian has left out python3-venv,
 * a folder of packages beside the system's Python.
 * @throws AppError saying which of Python, pip and network is missing
 */
export async function pythonEnvironment(log: (line: string) => void): Promise<PythonEnvironment> {
  const folder = join(env().cache, 'bench', REQUIREMENTS.join('+').replaceAll('==', '-'))
  const venv = join(folder, 'venv')
  const packages = join(folder, 'packages')
  if (!existsSync(join(folder, RECORD))) {
    await rm(folder, { recursive: true, force: true })
    await mkdir(folder, { recursive: true })
    log(`making a Python environment with ${REQUIREMENTS.join(' and ')} in ${folder} (about 1.6 GB)`)
    await install(venv, packages)
    await writeFile(join(folder, RECORD), `${JSON.stringify({ requirements: REQUIREMENTS, madeAt: new Date().toISOString() })}\n`)
  }
  return existsSync(packages) ? withPackages(packages) : { program: join(venv, 'bin/python'), variables: variables({}) }
}

async function install(venv: string, packages: string): Promise<void> {
  const python = variables({})
  await runProgram('Python 3', 'python3', ['--version'], python).catch((cause: unknown) => {
    throw new AppError('TEMPORARILY_UNAVAILABLE', 'Python 3 is missing: the peer that is measured is Keras. Install python3 and pip.', {
      cause,
    })
  })
  const made = await runProgram('venv', 'python3', ['-m', 'venv', venv], python).then(
    () => true,
    () => false,
  )
  if (made) return pip(join(venv, 'bin/python'), [], python)
  await rm(venv, { recursive: true, force: true })
  await runProgram('pip', 'python3', ['-m', 'pip', '--version'], python).catch((cause: unknown) => {
    throw new AppError(
      'TEMPORARILY_UNAVAILABLE',
      'Python has neither venv nor pip. Install one of them, e.g. `apt-get install python3-venv` or `apt-get install python3-pip`.',
      { cause },
    )
  })
  await mkdir(packages)
  await pip('python3', ['--target', packages], python)
}

async function pip(python: string, where: string[], environment: NodeJS.ProcessEnv): Promise<void> {
  const args = ['-m', 'pip', 'install', '--disable-pip-version-check', '--only-binary=:all:', '--quiet', ...where, ...REQUIREMENTS]
  await runProgram('pip', python, args, environment).catch((cause: unknown) => {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new AppError(
      'TEMPORARILY_UNAVAILABLE',
      `${REQUIREMENTS.join(' and ')} cannot be installed. ${reason}\n` +
        'Is the Python package index within reach (HTTPS_PROXY, PIP_INDEX_URL), and is this Python one that these versions support?',
      { cause },
    )
  })
}

function withPackages(packages: string): PythonEnvironment {
  return { program: 'python3', variables: variables({ PYTHONPATH: packages }) }
}

/** Packages of the user's own must not be mixed in. */
function variables(more: Record<string, string>): NodeJS.ProcessEnv {
  return childEnvironment({ PYTHONNOUSERSITE: '1', PYTHONPATH: undefined, ...more })
}
