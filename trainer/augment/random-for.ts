import { hashText, seededRandom } from '../../core/segmentation/random.ts'

/** Numbers in [0, 1) that depend on the parts alone: a resumed run, and another machine, draw the same. */
export function randomFor(...parts: (string | number)[]): () => number {
  return seededRandom(hashText(parts.join('/')))
}

/** Uniform in [low, high). */
export function between(random: () => number, low: number, high: number): number {
  return low + (high - low) * random()
}

/** Indices 0..count-1 in random order (Fisher-Yates). */
export function shuffled(count: number, random: () => number): Int32Array {
  const order = Int32Array.from({ length: count }, (_, i) => i)
  for (let i = count - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1))
    const held = order[i]!
    order[i] = order[j]!
    order[j] = held
  }
  return order
}
