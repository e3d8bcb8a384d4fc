/** A cache of bounded cost that forgets what was not used for longest. */
export class Lru<V> {
  private readonly entries = new Map<string, { value: V; cost: number }>()
  private total = 0
  private readonly limit: number
  private readonly drop: ((value: V) => void) | undefined

  /** @param limit greatest sum of costs, e.g. bytes @param drop called with what is forgotten */
  constructor(limit: number, drop?: (value: V) => void) {
    this.limit = limit
    this.drop = drop
  }

  get size(): number {
    return this.entries.size
  }

  get cost(): number {
    return this.total
  }

  get(key: string): V | undefined {
    const entry = this.entries.get(key)
    if (entry === undefined) return undefined
    this.entries.delete(key)
    this.entries.set(key, entry)
    return entry.value
  }

  /** The newest entry stays even when it alone is over the limit: it is being drawn. */
  set(key: string, value: V, cost: number): void {
    this.delete(key)
    this.entries.set(key, { value, cost })
    this.total += cost
    for (const [oldest, entry] of this.entries) {
      if (this.total <= this.limit || oldest === key) break
      this.entries.delete(oldest)
      this.total -= entry.cost
      this.drop?.(entry.value)
    }
  }

  delete(key: string): void {
    const entry = this.entries.get(key)
    if (entry === undefined) return
    this.entries.delete(key)
    this.total -= entry.cost
    this.drop?.(entry.value)
  }
}
