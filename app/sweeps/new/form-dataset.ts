import { type DatasetVersionView } from '@/core/contracts/views.ts'

/** A dataset to choose: its newest version, and which others there are. */
export type FormDataset = DatasetVersionView & { versions: number[] }
