import type { SweepView } from '../contracts/views.ts'
import { AppError } from '../errors.ts'
import { CHANNELS, notify } from '../notify.ts'
import { requireHexId } from '../runs/ids.ts'
import { applyRequest } from '../runs/request.ts'
import { type Query, sql } from '../sql.ts'
import { getSweep } from './get-sweep.ts'

type State = SweepView['state']

/** No further run is begun; live ones go on. @throws AppError RESOURCE_CONFLICT where the sweep has ended */
export const pauseSweep = (sweepId: string, actor: string): Promise<SweepView> =>
  change(sweepId, actor, 'pause', ['running', 'paused'], 'paused')

/** A paused sweep goes on. @throws AppError RESOURCE_CONFLICT where the sweep has ended */
export const resumeSweep = (sweepId: string, actor: string): Promise<SweepView> =>
  change(sweepId, actor, 'resume', ['running', 'paused'], 'running')

/** Queued runs are cancelled at once, live ones are asked to; no further run is begun. @throws AppError RESOURCE_CONFLICT where the sweep has ended */
export const cancelSweep = (sweepId: string, actor: string): Promise<SweepView> =>
  change(sweepId, actor, 'cancel', ['running', 'paused'], 'cancelled', async (tx) => {
    const runs = await tx<{ id: string }[]>`select id from run where sweep_id = ${sweepId} and source = 'karyon'`
    await applyRequest(
      tx,
      runs.map((run) => run.id),
      'cancel',
      actor,
      'The sweep was cancelled',
    )
  })

async function change(
  sweepId: string,
  actor: string,
  verb: string,
  from: State[],
  to: State,
  also?: (tx: Query) => Promise<void>,
): Promise<SweepView> {
  requireHexId(sweepId, 'sweep')
  await sql().begin(async (tx) => {
    const [row] = await tx<{ state: State }[]>`select state from sweep where id = ${sweepId} for update`
    if (row === undefined) throw new AppError('RESOURCE_DOES_NOT_EXIST', `There is no sweep ${sweepId}.`)
    if (!from.includes(row.state)) {
      throw new AppError('RESOURCE_CONFLICT', `The sweep is ${row.state}: there is nothing to ${verb}. Clone it to run it again.`)
    }
    await tx`update sweep set state = ${to}, ended_at = ${to === 'cancelled' ? tx`now()` : null} where id = ${sweepId}`
    await also?.(tx)
    await notify(tx, CHANNELS.queue)
  })
  return getSweep(sweepId)
}
