import type { PredictionView } from '@/core/contracts/views.ts'

/** What is being looked at: its bytes and its name, and which of its channels where it has many. */
export interface Chosen {
  image: Blob
  name: string
  channel?: number
}

export type Outcome =
  | { state: 'idle' }
  | { state: 'working'; bitmap: ImageBitmap | null }
  | { state: 'failed'; message: string; unavailable: boolean; bitmap: ImageBitmap | null }
  | { state: 'done'; prediction: PredictionView; bitmap: ImageBitmap | null; totalMs: number }
