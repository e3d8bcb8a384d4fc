import type { Device } from './device.ts'

/** A place for one run at a time. */
export interface Slot {
  index: number
  /** Variables of the child that sits in it. */
  environment: Record<string, string>
}

/**
 * One slot a GPU, else one; or as many as asked for, which then share GPUs in turn and cores equally. The thread count
 * is fixed by the slots, not by what happens to be free: a run repeats bitwise at the same count only.
 */
export function makeSlots(device: Device, wanted: number | undefined): Slot[] {
  const count = wanted ?? Math.max(1, device.gpus.length)
  return Array.from({ length: count }, (_, index) => ({
    index,
    environment: environmentOf(device.gpus[index % Math.max(1, device.gpus.length)]?.index, Math.max(1, Math.floor(device.cores / count))),
  }))
}

/** For jobs: they sit beside the runs, on the first GPU where there is one. */
export function jobEnvironment(device: Device): Record<string, string> {
  return environmentOf(device.gpus[0]?.index, Math.max(1, device.cores))
}

function environmentOf(gpu: number | undefined, threads: number): Record<string, string> {
  return {
    TF_NUM_INTRAOP_THREADS: String(threads),
    OMP_NUM_THREADS: String(threads),
    TF_FORCE_GPU_ALLOW_GROWTH: 'true',
    // CUDA would count the fastest first, nvidia-smi (by which the GPUs were found, and are metered) counts by their bus.
    CUDA_DEVICE_ORDER: 'PCI_BUS_ID',
    // -1: a GPU that was ruled out (KARYON_DEVICE=cpu) must not be taken by the library on its own.
    CUDA_VISIBLE_DEVICES: gpu === undefined ? '-1' : String(gpu),
  }
}
