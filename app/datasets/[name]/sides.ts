import type { Side } from '@/core/contracts/views.ts'

export const SIDE_LABELS: Record<Side, string> = { train: 'Training', val: 'Validation', test: 'Test' }
