import { userInfo } from 'node:os'

/** Who acts, as the history shows it. */
export function actor(): string {
  try {
    return `cli:${userInfo().username}`
  } catch {
    // A user id without a name, as in some containers.
    return 'cli'
  }
}
