import { defineCommand } from '../command.ts'
import { duration, note, print, printJson } from '../output.ts'
import { Progress } from '../progress.ts'

export const restore = defineCommand({
  name: 'restore',
  summary: 'Put a backup into an empty Karyon',
  usage: 'DIR|FILE.tar',
  least: 1,
  most: 1,
  options: { force: { type: 'boolean', help: 'throw away what this Karyon holds' } },
  printsData: true,
  details: 'Runs that were under way when the backup was made go on from their last checkpoint.',
  example: 'KARYON_HOME=/data/karyon karyon restore /backups/karyon-monday.tar',
  async run({ options, positionals: [from = ''], json }) {
    const { restoreBackup } = await import('../backup/read-backup.ts')
    const progress = new Progress()
    const done = await restoreBackup(from, {
      force: options.force === true,
      report: (title, fraction, detail) => progress.show(title, fraction, detail),
    }).finally(() => progress.clear())
    const rows = done.tables.reduce((sum, table) => sum + table.rows, 0)
    if (json) printJson({ rows, files: done.artifacts.length, created_at: done.created_at, missing: done.missing })
    else
      print(
        `Restored ${rows} rows and ${done.artifacts.length} files of ${new Date(done.created_at).toISOString()}, in ${duration(progress.milliseconds)}.`,
      )
    if (done.missing.length > 0) note(`Warning: ${done.missing.length} files were missing already when the backup was made.`)
    return 0
  },
})
