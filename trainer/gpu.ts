import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { visibleGpus } from '../core/env.ts'

const run = promisify(execFile)

/**
 * How busy the GPU is and what it holds, by nvidia-smi; none where there is none. The first GPU that this process may use:
 * nvidia-smi itself lists all, whatever CUDA_VISIBLE_DEVICES says.
 */
export async function gpuPoints(gpus = visibleGpus()): Promise<{ key: string; value: number }[]> {
  if (gpus?.length === 0) return []
  const [first] = gpus ?? []
  const which = first === undefined ? [] : ['-i', first]
  try {
    const { stdout } = await run('nvidia-smi', [...which, '--query-gpu=utilization.gpu,memory.used', '--format=csv,noheader,nounits'], {
      timeout: 5000,
    })
    const [percent, megabytes] = (stdout.split('\n')[0] ?? '').split(',').map(Number)
    if (percent === undefined || megabytes === undefined || Number.isNaN(percent) || Number.isNaN(megabytes)) return []
    return [
      { key: 'system/gpu_percent', value: percent },
      { key: 'system/gpu_memory_mb', value: megabytes },
    ]
  } catch {
    return []
  }
}
