import type { Agreement } from './agreement.ts'
import { BATCH_SIZE, CASES, SIDES } from './cases.ts'
import type { CaseName, Measurement, Side } from './cases.ts'

/** One process. Rounds count from 0. */
export interface Run {
  case: CaseName
  side: Side
  round: number
  measurement: Measurement
}

/** What the runs of one side of one case say. */
export interface Summary {
  case: CaseName
  side: Side
  rounds: number
  /** Of the rounds' medians: the median, the least and the greatest. Seconds a step. */
  median: number
  least: number
  greatest: number
  /** Processor seconds a step, over all threads: hardly changed by what else the machine does. Median over the rounds. */
  processor: number
  /** Median over the rounds, bytes. */
  peak_rss: number
}

/** Karyon against the faster way of Keras. */
export interface Comparison {
  case: CaseName
  peer: Side
  /** Karyon's seconds over the peer's; below 1 Karyon is the faster. Of the medians, and by round, rising. */
  ratio: number
  ratios: number[]
}

export function summarise(runs: readonly Run[]): Summary[] {
  return casesOf(runs).flatMap((name) =>
    SIDES.flatMap((side) => {
      const own = runs.filter((run) => run.case === name && run.side === side)
      if (own.length === 0) return []
      const medians = own.map(secondsOf)
      return [
        {
          case: name,
          side,
          rounds: own.length,
          median: median(medians),
          least: Math.min(...medians),
          greatest: Math.max(...medians),
          processor: median(own.map((run) => run.measurement.processor_seconds / run.measurement.seconds.length)),
          peak_rss: median(own.map((run) => run.measurement.peak_rss)),
        },
      ]
    }),
  )
}

/** Which of Keras's two ways was the faster in the first round. */
export function fasterPeer(first: readonly Run[]): Side {
  const peers = first.filter((run) => run.side !== 'karyon')
  return peers.reduce((best, run) => (secondsOf(run) < secondsOf(best) ? run : best)).side
}

export function compare(runs: readonly Run[]): Comparison[] {
  return casesOf(runs).map((name) => {
    const own = runs.filter((run) => run.case === name)
    const peer = fasterPeer(own.filter((run) => run.round === 0))
    const seconds = (side: Side): number[] => own.filter((run) => run.side === side).map(secondsOf)
    const ofRound = (side: Side, round: number): number => secondsOf(own.find((run) => run.side === side && run.round === round)!)
    const rounds = [...new Set(own.map((run) => run.round))]
    return {
      case: name,
      peer,
      ratio: median(seconds('karyon')) / median(seconds(peer)),
      ratios: rounds.map((round) => ofRound('karyon', round) / ofRound(peer, round)).sort((a, b) => a - b),
    }
  })
}

function casesOf(runs: readonly Run[]): CaseName[] {
  return [...new Set(runs.map((run) => run.case))]
}

function secondsOf({ measurement }: Run): number {
  return median(measurement.seconds)
}

/** A table for people. */
export function table(summaries: readonly Summary[], comparisons: readonly Comparison[]): string {
  const rows = [['', 'side', 'ms a step', 'by round', 'images/s', 'processor ms', 'peak memory', 'Karyon / Keras']]
  for (const { case: name, side, median: seconds, rounds, least, greatest, processor, peak_rss } of summaries) {
    const comparison = comparisons.find((each) => each.case === name)!
    const { ratio, ratios, peer } = comparison
    rows.push([
      side === 'karyon' ? CASES[name].title : '',
      side,
      milliseconds(seconds),
      rounds === 1 ? 'once' : `${milliseconds(least)} to ${milliseconds(greatest)}`,
      (BATCH_SIZE / seconds).toFixed(1),
      milliseconds(processor),
      `${(peak_rss / 2 ** 20).toFixed(0)} MiB`,
      side === peer ? `${ratio.toFixed(2)} (${ratios[0]!.toFixed(2)} to ${ratios.at(-1)!.toFixed(2)})` : '',
    ])
  }
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)))
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

/** What each side ran on, and whether Karyon held on to tensors. */
export function remarks(runs: readonly Run[]): string[] {
  const lines = SIDES.flatMap((side) => {
    const about = runs.find((run) => run.side === side)?.measurement.about
    return about === undefined
      ? []
      : `${side}: ${Object.entries(about)
          .map(([name, value]) => `${name} ${value}`)
          .join(', ')}`
  })
  const growth = runs.flatMap(({ measurement: { tensors } }) => (tensors === undefined ? [] : [tensors[1] - tensors[0]]))
  lines.push(`tensors that Karyon holds after the timed steps beyond those before: ${Math.max(...growth)}`)
  return lines
}

/** Everything, for machines. */
export function json(
  runs: readonly Run[],
  summaries: readonly Summary[],
  comparisons: readonly Comparison[],
  agreements: readonly Agreement[],
): string {
  return `${JSON.stringify({ made_at: new Date().toISOString(), comparisons, summaries, agreements, runs }, null, 2)}\n`
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

function milliseconds(seconds: number): string {
  return (seconds * 1000).toFixed(0)
}
