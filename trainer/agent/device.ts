import { execFile } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { AppError } from '../../core/errors.ts'

export interface Device {
  /** Empty: the CPU trains. */
  gpus: { index: number; name: string }[]
  cores: number
  /** For people: "cpu, 2 cores", "2 x NVIDIA H200". */
  description: string
}

/**
 * What this machine trains on.
 * @throws AppError INVALID_PARAMETER_VALUE when a GPU is demanded and none answers
 */
export async function detectDevice(wanted: 'auto' | 'cpu' | 'gpu'): Promise<Device> {
  const gpus = wanted === 'cpu' ? [] : parseGpus(await nvidiaSmi())
  if (wanted === 'gpu' && gpus.length === 0) {
    throw new AppError(
      'INVALID_PARAMETER_VALUE',
      'KARYON_DEVICE is gpu, but nvidia-smi finds no GPU on this machine. Install its driver, or set KARYON_DEVICE=auto.',
    )
  }
  const cores = availableParallelism()
  return { gpus, cores, description: describe(gpus, cores) }
}

/** @param text lines of `index, name` */
export function parseGpus(text: string): Device['gpus'] {
  return text.split('\n').flatMap((line) => {
    const match = /^\s*(\d+)\s*,\s*(.+?)\s*$/.exec(line)
    return match === null ? [] : [{ index: Number(match[1]), name: match[2] ?? 'GPU' }]
  })
}

function describe(gpus: Device['gpus'], cores: number): string {
  const first = gpus[0]
  if (first === undefined) return `cpu, ${cores} core${cores === 1 ? '' : 's'}`
  if (gpus.every((gpu) => gpu.name === first.name)) return gpus.length === 1 ? first.name : `${gpus.length} x ${first.name}`
  return gpus.map((gpu) => gpu.name).join(', ')
}

function nvidiaSmi(): Promise<string> {
  return new Promise((resolve) => {
    execFile('nvidia-smi', ['--query-gpu=index,name', '--format=csv,noheader'], { timeout: 10_000 }, (error, stdout) =>
      resolve(error === null ? stdout : ''),
    )
  })
}
