import type { LeaseHold } from '../../core/runs/lease.ts'
import type { RunWriter } from '../../core/runs/run-writer.ts'
import type { WireError } from '../threads/wire-error.ts'

/** What the training thread asks of the thread that writes. Calls without an answer are told; the others are asked. */
export type Told = { [M in 'points' | 'progress' | 'log']: { told: M; argument: Parameters<RunWriter[M]>[0] } }[
  'points' | 'progress' | 'log']

export type Asked =
  | { asked: 'open'; argument: LeaseHold & { attempt: number } }
  | { [M in 'epoch' | 'evaluation' | 'artifact']: { asked: M; argument: Parameters<RunWriter[M]>[0] } }['epoch' | 'evaluation' | 'artifact']
  | { asked: 'lastCheckpoint' | 'close'; argument: null }
  | { asked: 'end'; argument: Parameters<RunWriter['end']> }

export type Request = Told | (Asked & { id: number })

export type Answer = { id: number; value: unknown } | { id: number; error: WireError } | { aborted: WireError }
