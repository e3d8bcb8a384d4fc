import { defineCommand } from '../command.ts'
import { bytes, duration, note, print, printJson } from '../output.ts'
import { Progress } from '../progress.ts'

export const backup = defineCommand({
  name: 'backup',
  summary: 'Write everything (tables as of one moment, and files) into a folder or a .tar file',
  usage: 'DIR|FILE.tar',
  least: 1,
  most: 1,
  options: {},
  printsData: true,
  details: 'Karyon goes on running meanwhile. What is there is never overwritten.',
  example: 'karyon backup /backups/karyon-monday.tar',
  async run({ positionals: [out = ''], json }) {
    const { writeBackup } = await import('../backup/write-backup.ts')
    const progress = new Progress()
    const done = await writeBackup(out, (title, fraction, detail) => progress.show(title, fraction, detail)).finally(() => progress.clear())
    const rows = done.tables.reduce((sum, table) => sum + table.rows, 0)
    const size = done.artifacts.reduce((sum, file) => sum + file.size, 0)
    if (json) printJson({ path: out, tables: done.tables.length, rows, files: done.artifacts.length, size, missing: done.missing })
    else
      print(
        `${out}: ${rows} rows of ${done.tables.length} tables, ${done.artifacts.length} files of ${bytes(size)}, in ${duration(progress.milliseconds)}.`,
      )
    if (done.missing.length > 0)
      note(`Warning: ${done.missing.length} files that the database names are not in the store, e.g. ${done.missing[0] ?? ''}.`)
    return 0
  },
})
