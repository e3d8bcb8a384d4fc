import { readFile } from 'node:fs/promises'
import { AppError } from '../../core/errors.ts'
import { CASES } from './cases.ts'
import type { CaseName, Measurement, Side } from './cases.ts'

/** Relative, of the first step's loss: the forward passes alone. */
const FIRST_LOSS = 1e-3
/** Relative, of any warm-up step's loss: rounding grows as parameters move. */
const ANY_LOSS = 2e-2
/** Absolute, of any pixel's probability. */
const PROBABILITY = 1e-3

/** How far a peer's results are from Karyon's. */
export interface Agreement {
  case: CaseName
  side: Side
  /** Relative difference of each warm-up step's loss; empty for prediction. */
  losses: number[]
  /** Greatest absolute difference of a probability; undefined for training. */
  probability: number | undefined
}

export function lossAgreement(name: CaseName, side: Side, karyon: Measurement, peer: Measurement): Agreement {
  const losses = karyon.losses.map((loss, step) => Math.abs(loss - (peer.losses[step] ?? NaN)) / Math.abs(loss))
  return { case: name, side, losses, probability: undefined }
}

/** @param karyon and `peer` are files of float32 */
export async function probabilityAgreement(name: CaseName, side: Side, karyon: string, peer: string): Promise<Agreement> {
  const [a, b] = await Promise.all([readFloats(karyon), readFloats(peer)])
  let furthest = a.length === b.length ? 0 : NaN
  for (let i = 0; i < a.length; i++) furthest = Math.max(furthest, Math.abs(a[i]! - b[i]!))
  return { case: name, side, losses: [], probability: furthest }
}

export function describeAgreement({ case: name, side, losses, probability }: Agreement): string {
  const what = `${name}, ${side} against karyon:`
  if (probability !== undefined) return `${what} probabilities differ by at most ${probability.toExponential(1)}`
  const most = Math.max(...losses)
  return `${what} loss of the first step differs by ${losses[0]!.toExponential(1)}, of any of the first ${losses.length} by at most ${most.toExponential(1)} (relative)`
}

/** @throws AppError INTERNAL_ERROR when the two did not compute the same thing: their times then mean nothing */
export function requireAgreement(agreement: Agreement): void {
  const { losses, probability } = agreement
  // written so that NaN fails
  const agrees =
    probability === undefined
      ? losses[0]! <= FIRST_LOSS && losses.every((difference) => difference <= ANY_LOSS)
      : probability <= PROBABILITY
  if (agrees) return
  throw new AppError(
    'INTERNAL_ERROR',
    `The two sides do not compute the same (${CASES[agreement.case].title}), so their times cannot be compared.\n${describeAgreement(agreement)}; ` +
      (probability === undefined ? `allowed are ${FIRST_LOSS} and ${ANY_LOSS}.` : `allowed is ${PROBABILITY}.`) +
      (losses.length > 0 ? `\nRelative differences by step: ${losses.map((each) => each.toExponential(1)).join(', ')}` : ''),
  )
}

async function readFloats(path: string): Promise<Float32Array> {
  return new Float32Array(Uint8Array.from(await readFile(path)).buffer)
}
