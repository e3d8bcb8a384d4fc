import { toast } from 'sonner'
import { callApi, errorMessage } from '@/app/lib/client-api.ts'
import { plural } from '@/app/lib/format.ts'

/**
 * Deletes runs and offers to take it back; their files stay for 30 days.
 * @param onUndone after they are restored
 * @returns whether they were deleted
 */
export async function deleteRunsWithUndo(runIds: readonly string[], onUndone: () => void): Promise<boolean> {
  try {
    await callApi('runs/delete', { body: { run_ids: runIds } })
  } catch (thrown) {
    toast.error(errorMessage(thrown))
    return false
  }
  toast.success(`${plural(runIds.length, 'run')} deleted`, {
    duration: 10_000,
    action: {
      label: 'Undo',
      onClick: () => {
        void restoreRuns(runIds).then((restored) => restored && onUndone())
      },
    },
  })
  return true
}

/** @returns whether they are back */
export async function restoreRuns(runIds: readonly string[]): Promise<boolean> {
  try {
    await callApi('runs/restore', { body: { run_ids: runIds } })
    toast.success(`${plural(runIds.length, 'run')} restored`)
    return true
  } catch (thrown) {
    toast.error(errorMessage(thrown))
    return false
  }
}
