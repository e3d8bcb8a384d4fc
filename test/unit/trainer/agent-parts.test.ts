import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { decodeRecord, encodeRecord, type WriteRecord } from '../../../core/runs/writer/records.ts'
import { detectDevice, parseGpus } from '../../../trainer/agent/device.ts'
import { describeEnding, Forked } from '../../../trainer/agent/forked.ts'
import { makeSlots } from '../../../trainer/agent/slots.ts'
import { Watchdog } from '../../../trainer/agent/watchdog.ts'

const MINUTE = 60_000

describe('the watchdog', () => {
  test('waits ten minutes for a child that is usually quick', () => {
    const dog = new Watchdog(0)
    for (let second = 1; second <= 60; second++) dog.progress(second * 1000)
    expect(dog.isStuck(MINUTE + 10 * MINUTE)).toBe(false)
    expect(dog.isStuck(MINUTE + 10 * MINUTE + 1)).toBe(true)
  })

  test('waits twenty usual times for one that is slow, and longer as it slows down', () => {
    const dog = new Watchdog(0)
    dog.progress(MINUTE)
    expect(dog.patience).toBe(20 * MINUTE)
    dog.progress(3 * MINUTE)
    expect(dog.patience).toBeCloseTo(20 * 1.2 * MINUTE)
  })

  test('forgives what was not the fault of the child', () => {
    const dog = new Watchdog(0)
    dog.forgive(60 * MINUTE)
    expect(dog.isStuck(70 * MINUTE)).toBe(false)
  })
})

describe('slots', () => {
  const cpu = { gpus: [], cores: 8, description: '' }
  const twoGpus = {
    gpus: [
      { index: 0, name: 'A' },
      { index: 1, name: 'A' },
    ],
    cores: 8,
    description: '',
  }
  const shape = (slots: ReturnType<typeof makeSlots>): string[] =>
    slots.map(({ environment }) => `${environment.CUDA_VISIBLE_DEVICES}/${environment.TF_NUM_INTRAOP_THREADS}`)

  test('one on a CPU, with all its cores; one a GPU; as many as asked for, sharing both', () => {
    expect(shape(makeSlots(cpu, undefined))).toEqual(['-1/8'])
    expect(shape(makeSlots(cpu, 3))).toEqual(['-1/2', '-1/2', '-1/2'])
    expect(shape(makeSlots(twoGpus, undefined))).toEqual(['0/4', '1/4'])
    expect(shape(makeSlots(twoGpus, 3))).toEqual(['0/2', '1/2', '0/2'])
    expect(shape(makeSlots({ ...cpu, cores: 1 }, 2))).toEqual(['-1/1', '-1/1'])
  })
})

test('GPUs are read from what nvidia-smi says', () => {
  expect(parseGpus('0, NVIDIA H200\n1, NVIDIA RTX A6000\n')).toEqual([
    { index: 0, name: 'NVIDIA H200' },
    { index: 1, name: 'NVIDIA RTX A6000' },
  ])
  expect(parseGpus('NVIDIA-SMI has failed because it could not communicate with the driver.')).toEqual([])
})

test('the CPU is taken when it is asked for', async () => {
  expect(await detectDevice('cpu')).toMatchObject({ gpus: [] })
})

test('the end of a process is told with the error that it named, not with the stack below it', () => {
  expect(describeEnding({ code: 0, signal: null, tail: ['a warning'] })).toBeUndefined()
  expect(describeEnding({ code: null, signal: 'SIGKILL', tail: [] })).toBe('Its process was ended by SIGKILL')
  const tail = ['2026 I tensorflow', 'TypeError: x is not a function', '    at file.ts:1:1', '', 'Node.js v22.0.0']
  expect(describeEnding({ code: 1, signal: null, tail })).toBe('Its process ended with status 1: TypeError: x is not a function')
  expect(describeEnding({ code: 134, signal: null, tail: ['terminate called after throwing'] })).toBe(
    'Its process ended with status 134: terminate called after throwing',
  )
})

test('a record that is spooled comes back as it was, NaN and infinities included', () => {
  const record: WriteRecord = {
    type: 'points',
    points: [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0.1].map((value, step) => ({ key: 'k', step, at: 1, value })),
  }
  expect(decodeRecord(encodeRecord(record))).toEqual(record)
})

describe('a child that trains', () => {
  afterEach(() => vi.unstubAllEnvs())

  const tell = async (): Promise<unknown> => {
    const entry = fileURLToPath(new URL('../../helpers/programs/tell-environment.ts', import.meta.url))
    let told: unknown
    const child = new Forked({ entry, environment: {}, onLine: () => {}, onMessage: (message) => (told = message) })
    await child.ended
    return told
  }

  test('keeps the memory that it frees', async () => {
    expect(await tell()).toEqual({
      GLIBC_TUNABLES: 'glibc.malloc.hugetlb=1',
      MALLOC_MMAP_THRESHOLD_: '4294967296',
      MALLOC_TRIM_THRESHOLD_: '17179869184',
    })
  })

  test('has its allocator as the user has set it', async () => {
    vi.stubEnv('MALLOC_TRIM_THRESHOLD_', '1000000')
    expect(await tell()).toMatchObject({ MALLOC_TRIM_THRESHOLD_: '1000000', MALLOC_MMAP_THRESHOLD_: '4294967296' })
  })
})
