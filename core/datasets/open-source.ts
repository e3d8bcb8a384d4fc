import { readdir, readFile, realpath, stat } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import { AppError, systemCode } from '../errors.ts'
import { MAX_FILES, type Source } from './source.ts'
import { openZip } from './zip-source.ts'

/**
 * Opens a folder or a zip file.
 * @throws AppError RESOURCE_DOES_NOT_EXIST, PERMISSION_DENIED, INVALID_DATASET
 */
export async function openSource(path: string): Promise<Source> {
  let found
  try {
    found = await stat(path)
  } catch (cause) {
    const code = systemCode(cause)
    if (code === 'EACCES') throw new AppError('PERMISSION_DENIED', `${path} may not be read by this user.`, { cause })
    throw new AppError('RESOURCE_DOES_NOT_EXIST', `There is no file or folder ${path}.`, { cause })
  }
  if (found.isDirectory()) return openFolder(path)
  if (!found.isFile()) throw new AppError('INVALID_DATASET', `${path} is neither a folder nor a zip file.`)
  return openZip(path)
}

async function openFolder(root: string): Promise<Source> {
  const base = await realpath(root)
  const paths: string[] = []
  const walk = async (folder: string): Promise<void> => {
    for (const entry of await readdir(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name)
      if (entry.isDirectory()) await walk(path)
      else if (entry.isFile() || entry.isSymbolicLink()) paths.push(relative(base, path).split(sep).join('/'))
      if (paths.length > MAX_FILES)
        throw new AppError('INVALID_DATASET', `${root} holds more than ${MAX_FILES} files. Name the dataset's own folder.`)
    }
  }
  await walk(base)
  return {
    paths: paths.sort(),
    async read(path) {
      const file = join(base, path)
      // Links within the folder are fine; one that leads out could read any file of this machine.
      const real = await realpath(file).catch((cause: unknown) => {
        throw new AppError('INVALID_DATASET', `${path} is a link that leads nowhere.`, { cause })
      })
      if (!real.startsWith(base + sep)) throw new AppError('INVALID_DATASET', `${path} is a link that leads out of the folder.`)
      return readFile(real)
    },
    close: () => Promise.resolve(),
  }
}
