import { defineCommand } from '../command.ts'
import { print } from '../output.ts'

export const modelDelete = defineCommand({
  name: 'model delete',
  summary: 'Remove a version that was never promoted, with its files',
  usage: 'NAME VERSION',
  least: 2,
  most: 2,
  options: {},
  printsData: false,
  example: 'karyon model delete nuclei 2',
  async run({ positionals: [name = '', version = ''] }) {
    const { deleteVersion } = await import('../../model-registry/delete-version.ts')
    await deleteVersion({ name, version })
    print(`Version ${version} of ${name} is gone.`)
    return 0
  },
})
