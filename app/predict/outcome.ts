import type { PredictionView } from '@/core/contracts/views.ts'

/** What is being looked at: its bytes, its name, and how many nuclei it truly has where that is known. */
export interface Chosen {
  image: Blob
  name: string
  truthCount: number | null
}

export type Outcome =
  | { state: 'idle' }
  | { state: 'working'; bitmap: ImageBitmap | null }
  | { state: 'failed'; message: string; unavailable: boolean; bitmap: ImageBitmap | null }
  | { state: 'done'; prediction: PredictionView; bitmap: ImageBitmap | null; totalMs: number }
