import type { trainRun } from './train-run.ts'

/**
 * TensorFlow is loaded only once a run is to be trained, so that what is wrong with it is told by the run that could not
 * be trained.
 */
export async function loadTrainRun(): Promise<typeof trainRun> {
  return (await import('./train-run.ts')).trainRun
}
