import type { ImageScoreView } from '@/core/contracts/views.ts'

const plural = (n: number, word: string): string => `${n} ${word}${n === 1 ? '' : 's'}`

/** "Dice 0.91, 34 of 36 found, 1 merge": what a tile says below itself, and its text alternative. */
export function scoreCaption(score: ImageScoreView | null): string {
  if (score === null) return 'not scored'
  const parts = [`Dice ${score.dice.toFixed(2)}`]
  if (score.found !== null && score.truth_count !== null) parts.push(`${score.found} of ${score.truth_count} found`)
  if (score.merges !== null && score.merges > 0) parts.push(plural(score.merges, 'merge'))
  if (score.splits !== null && score.splits > 0) parts.push(plural(score.splits, 'split'))
  return parts.join(', ')
}

/** The second line of a tile: which epoch is drawn, said plainly where it is not the one asked for. */
export function epochCaption(drawn: number, asked: number | 'best' | 'latest'): string {
  if (asked === 'best') return `best, epoch ${drawn}`
  if (asked === 'latest') return `epoch ${drawn}`
  return drawn === asked ? `epoch ${drawn}` : `epoch ${drawn}, nearest stored`
}
