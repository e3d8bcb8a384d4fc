/**
 * Something the person at the keyboard must know: what is wrong, and what to do about it. Printed without a stack.
 */
export class SetupError extends Error {
  /**
   * @param {string} message what is wrong, with its name (the port, the folder, the program)
   * @param {string} [fix] what to do about it
   * @param {{ cause?: unknown, exitStatus?: number }} [options]
   */
  constructor(message, fix, { cause, exitStatus = 1 } = {}) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'SetupError'
    this.fix = fix
    this.exitStatus = exitStatus
  }
}

/** Turns a full disk or missing rights, wherever they struck, into a message that says so. */
export function describeFailure(thrown) {
  if (thrown instanceof SetupError) return thrown
  const code = thrown?.code
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new SetupError(
      `The disk is full (${thrown.path ?? thrown.message}).`,
      'Free some space, then run the same command again; what was half made is made anew.',
      { cause: thrown },
    )
  }
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') {
    return new SetupError(
      `No right to write ${thrown.path ?? ''} (${code}).`,
      'Set KARYON_HOME and KARYON_CACHE to folders that you own.',
      { cause: thrown },
    )
  }
  return thrown
}

/** Prints a failure for people; a defect of Karyon itself keeps its stack. Returns the exit status. */
export function reportFailure(thrown) {
  const failure = describeFailure(thrown)
  if (failure instanceof SetupError) {
    process.stderr.write(`\nError: ${failure.message}\n`)
    if (failure.fix) process.stderr.write(`${failure.fix}\n`)
    return failure.exitStatus
  }
  process.stderr.write(`\n${failure?.stack ?? failure}\n`)
  return 1
}
