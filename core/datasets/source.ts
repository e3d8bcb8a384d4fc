/** The files of a dataset to import, read one at a time; nothing is unpacked to disk. */
export interface Source {
  /** Paths with `/`, relative to the folder or the archive's root, sorted. */
  paths: string[]
  read(path: string): Promise<Buffer>
  close(): Promise<void>
}

export const MAX_FILES = 1_000_000
