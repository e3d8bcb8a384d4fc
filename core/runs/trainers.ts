import type { TrainerView } from '../contracts/views.ts'
import { sql } from '../sql.ts'
import { LEASE_SECONDS } from './lease.ts'

export interface TrainerIdentity {
  name: string
  host: string
  pid: number
  slots: number
  /** E.g. "cpu, 2 cores" or "2 x NVIDIA H200". */
  device: string
  version: string
}

/** Announces a trainer; those that have been silent for a day are forgotten on the way. */
export async function registerTrainer(trainer: TrainerIdentity): Promise<string> {
  await sql()`delete from trainer where beat_at < now() - interval '1 day'`
  const [row] = await sql()<{ id: string }[]>`
    insert into trainer (name, host, pid, slots, device, version)
    values (${trainer.name}, ${trainer.host}, ${trainer.pid}, ${trainer.slots}, ${trainer.device}, ${trainer.version})
    returning id`
  if (row === undefined) throw new Error('insert returned no row')
  return row.id
}

/** @returns false when the trainer is no longer known (its row was removed): it registers again */
export async function beatTrainer(trainerId: string): Promise<boolean> {
  const rows = await sql()`update trainer set beat_at = now() where id = ${trainerId} returning id`
  return rows.length > 0
}

/** Takes leave after a clean end, so that the list shows no dead trainer. */
export async function unregisterTrainer(trainerId: string): Promise<void> {
  await sql()`delete from trainer where id = ${trainerId}`
}

/** A trainer tells its device in words: its cores as "cpu, 2 cores", else its GPUs by name. */
export function hasGpu({ device }: Pick<TrainerView, 'device'>): boolean {
  return !device.startsWith('cpu')
}

/** Those of the last day, the living first. */
export async function listTrainers(): Promise<TrainerView[]> {
  const rows = await sql()<(TrainerIdentity & { id: string; busy: number; alive: boolean; started_at: Date; beat_at: Date })[]>`
    select t.id, t.name, t.host, t.pid, t.slots, t.device, t.version, t.started_at, t.beat_at,
           t.beat_at > now() - make_interval(secs => ${LEASE_SECONDS}) as alive,
           (select count(*)::int from run_state s where s.trainer_id = t.id and s.status in ('running', 'stopping')) as busy
    from trainer t
    where t.beat_at > now() - interval '1 day'
    order by alive desc, t.started_at`
  return rows.map((row) => ({
    trainer_id: row.id,
    name: row.name,
    host: row.host,
    pid: row.pid,
    slots: row.slots,
    busy: row.busy,
    device: row.device,
    version: row.version,
    alive: row.alive,
    started_at: row.started_at.getTime(),
    beat_at: row.beat_at.getTime(),
  }))
}
