// Imported before anything else, and by itself free of what an old Node lacks: without this, Node 16 would stop at a
// missing export of node:fs and say nothing that helps.
const [major, minor] = process.versions.node.split('.').map(Number)
if (!((major === 20 && minor >= 19) || (major === 22 && minor >= 12) || major >= 24)) {
  process.stderr.write(
    `\nError: Karyon needs Node 20.19 or newer, 22.12 or newer, or 24; this is Node ${process.versions.node} (${process.execPath}).\n` +
      'Install one of them from https://nodejs.org or your package manager, then run the same command again.\n',
  )
  process.exit(1)
}
