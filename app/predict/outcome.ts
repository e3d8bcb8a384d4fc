import type { PredictionView } from '@/core/contracts/views.ts'

/** What is being looked at: its bytes and its name. */
export interface Chosen {
  image: Blob
  name: string
}

export type Outcome =
  | { state: 'idle' }
  | { state: 'working'; bitmap: ImageBitmap | null }
  | { state: 'failed'; message: string; unavailable: boolean; bitmap: ImageBitmap | null }
  | { state: 'done'; prediction: PredictionView; bitmap: ImageBitmap | null; totalMs: number }
