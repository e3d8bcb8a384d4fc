import { afterEach, expect, test } from 'vitest'
import { recipeOf, REFERENCE_RUN_PARAMETERS } from '../../core/contracts/run-parameters.ts'
import { createSyntheticDataset } from '../../core/datasets/create-synthetic-dataset.ts'
import { sql } from '../../core/sql.ts'
import { createSweep } from '../../core/sweeps/create-sweep.ts'
import { type AgentProcess, isRunning, startAgent } from '../helpers/agent-process.ts'
import { runState, until } from '../helpers/seed-runs.ts'

let agents: AgentProcess[] = []
const start = (): AgentProcess => {
  const agent = startAgent('real')
  agents.push(agent)
  return agent
}
afterEach(async (context) => {
  if (context.task.result?.state === 'fail') for (const agent of agents) console.log(agent.output())
  for (const agent of agents) agent.kill('SIGKILL')
  await Promise.all(agents.map((agent) => agent.ended))
  agents = []
})

const EPOCHS = 5

const sweepOf = async (name: string, seeds: number[]): Promise<{ sweepId: string; runIds: string[] }> => {
  const { sweep_id: sweepId } = await createSweep(
    {
      name,
      dataset: 'recovery',
      method: 'grid',
      parameters: {
        ...recipeOf(REFERENCE_RUN_PARAMETERS),
        architecture: { value: 'unet-mobilenetv2-light' },
        encoder_alpha: { value: 0.35 },
        pretrained: { value: 'none' },
        image_size: { value: 32 },
        batch_size: { value: 8 },
        epochs: { value: EPOCHS },
        augmentation: { value: 'standard' },
        dropout: { value: 0.1 },
        eval_every: { value: 100 },
        seed: { values: seeds },
      },
    },
    'tester',
  )
  const rows = await sql()<{ id: string }[]>`select id from run where sweep_id = ${sweepId} order by ordinal`
  return { sweepId, runIds: rows.map((row) => row.id) }
}

const losses = async (runId: string): Promise<[number, number][]> => {
  const rows = await sql()<{ step: number; value: number }[]>`
    select p.step, p.value from metric_point p join metric_series m on m.id = p.series_id
    where m.run_id = ${runId} and m.key = 'val/loss' order by p.step`
  return rows.map((row) => [row.step, row.value])
}
const epochReached = (runId: string, epoch: number) => until(async () => (await runState(runId)).epoch >= epoch)
const childOf = (agent: AgentProcess, runId: string): number => {
  const lines = [...agent.output().matchAll(new RegExp(`\\(${runId}\\), attempt \\d+: process (\\d+)`, 'g'))]
  return Number(lines.at(-1)?.[1])
}

test('a sweep whose child and then whose agent is killed in mid-epoch finishes, with the results of one that nobody disturbed', async () => {
  await createSyntheticDataset({ name: 'recovery', images: 24, seed: 3 })
  const quiet = await sweepOf('quiet', [7])
  const disturbed = await sweepOf('disturbed', [7, 8])
  const [first, second] = disturbed.runIds as [string, string]
  const one = start()

  await epochReached(first, 2)
  process.kill(childOf(one, first), 'SIGKILL')
  await epochReached(first, EPOCHS)

  await epochReached(second, 2)
  const orphan = childOf(one, second)
  one.kill('SIGKILL')
  await one.ended
  await until(() => !isRunning(orphan))
  start()

  await until(async () => {
    const [sweep] = await sql()<{ state: string }[]>`select state from sweep where id = ${disturbed.sweepId}`
    return sweep?.state === 'finished'
  })
  for (const runId of disturbed.runIds) {
    const state = await runState(runId)
    expect(state).toMatchObject({ status: 'finished', attempt: 2, epoch: EPOCHS })
    expect((await losses(runId)).map(([step]) => step)).toEqual([1, 2, 3, 4, 5])
  }
  // The same seed, killed or not: the same numbers, epoch by epoch.
  expect(await losses(first)).toEqual(await losses(quiet.runIds[0] ?? ''))

  const files = await sql()<{ kind: string; n: number }[]>`
    select kind, count(*)::int as n from artifact where run_id = ${first} and kind in ('model', 'checkpoint') group by kind order by kind`
  expect(files).toEqual([
    { kind: 'checkpoint', n: 2 },
    { kind: 'model', n: 2 },
  ])
}, 400_000)
