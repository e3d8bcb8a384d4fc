import { hostname } from 'node:os'
import { toAppError } from '../../core/errors.ts'
import { claimJob } from '../../core/jobs/claim-job.ts'
import { type JobHold, recoverLostJobs, releaseJob } from '../../core/jobs/recover-jobs.ts'
import { readCancelled, renewJobs } from '../../core/jobs/renew-jobs.ts'
import { CHANNELS, listen, type Listener } from '../../core/notify.ts'
import { claimRun } from '../../core/runs/claim-run.ts'
import { BEAT_MS, type LeaseHold } from '../../core/runs/lease.ts'
import { recoverLostRuns, releaseRun } from '../../core/runs/recover-runs.ts'
import { readRequests, renewLeases } from '../../core/runs/renew-leases.ts'
import { beatTrainer, registerTrainer, unregisterTrainer } from '../../core/runs/trainers.ts'
import type { Device } from './device.ts'
import { JobProcess } from './job-process.ts'
import { Loop } from './loop.ts'
import { RunChild } from './run-child.ts'
import { jobEnvironment, type Slot } from './slots.ts'

const TURN_MS = 1000
const WATCH_MS = 5000
/** After a beat that is older than this (a database that was away, a machine that slept) nothing is claimed before the next. */
const FRESH_MS = 2 * BEAT_MS
const RELEASE_PATIENCE_MS = 2000

export interface AgentOptions {
  device: Device
  slots: Slot[]
  version: string
  /** The programs that are forked for a run and for a job. */
  runEntry: string
  jobEntry: string
  /** Ticked each second: what sweeps need from time to time. */
  schedule?: () => Promise<void>
  say?: (line: string) => void
}

/**
 * Claims runs and jobs for this machine, one child process each, and keeps their leases. It trains nothing itself, so
 * that it can always beat. Polling each second is the truth; notifications only make it sooner.
 */
export class Agent {
  readonly name = hostname()
  readonly #options: AgentOptions
  readonly #runs = new Map<string, RunChild>()
  #job: JobProcess | undefined
  /** What ended while the database could not be told. */
  readonly #unsettled = new Map<string, () => Promise<unknown>>()
  #trainerId: string | undefined
  #lastBeat = 0
  #wasAway = false
  #stopping: Promise<void> | undefined
  /** Work, beat, and what sweeps need. */
  #loops: Loop[] = []
  #watch: NodeJS.Timeout | undefined
  #listener: Listener | undefined

  constructor(options: AgentOptions) {
    this.#options = options
  }

  get #actor(): string {
    return `trainer:${this.name}`
  }

  get #fresh(): boolean {
    return Date.now() - this.#lastBeat < FRESH_MS
  }

  start(): void {
    const failed = (error: unknown): void => this.#report(error)
    const work = new Loop(
      () => this.#turn(),
      () => TURN_MS,
      failed,
    )
    // The first beat registers; it wakes the work, which waits for it.
    const beat = new Loop(
      () => this.#beat().then(() => work.wake()),
      () => (this.#fresh && !this.#wasAway ? BEAT_MS : TURN_MS),
      failed,
    )
    this.#loops = [work, beat]
    const { schedule } = this.#options
    if (schedule !== undefined)
      this.#loops.push(
        new Loop(
          async () => (this.#fresh ? schedule() : undefined),
          () => TURN_MS,
          failed,
        ),
      )
    this.#watch = setInterval(() => this.#watchChildren(), WATCH_MS)
    this.#listener = listen([CHANNELS.queue, CHANNELS.request], () => work.wake(), { onReady: () => work.wake() })
  }

  /** Ends the children and gives their runs and jobs back, within five seconds. A run goes on from its last epoch. */
  stop(): Promise<void> {
    return (this.#stopping ??= this.#stop())
  }

  async #beat(): Promise<void> {
    const runs = [...this.#runs.values()]
    const job = this.#job
    this.#trainerId ??= await this.#register()
    const requests = await renewLeases(runs.map((run) => holdOf(run)))
    const jobs = await renewJobs(job === undefined ? [] : [jobHoldOf(job)])
    if (!(await beatTrainer(this.#trainerId))) this.#trainerId = await this.#register()
    this.#lastBeat = Date.now()
    if (this.#wasAway) this.#say('The database is back.')
    this.#wasAway = false
    for (const run of runs) {
      const request = requests.get(run.claimed.runId)
      if (request === undefined) run.lose()
      else if (request !== null) run.ask(request)
    }
    if (job !== undefined && jobs.get(job.claimed.jobId) !== false) job.cancel()
    // Also while every slot is taken: what a dead trainer held must not seem to run for ever.
    await recoverLostRuns({ expired: true, actor: this.#actor })
    await recoverLostJobs({ expired: true })
  }

  #register(): Promise<string> {
    const { slots, device, version } = this.#options
    return registerTrainer({
      name: this.name,
      host: hostname(),
      pid: process.pid,
      slots: slots.length,
      device: device.description,
      version,
    })
  }

  async #turn(): Promise<void> {
    for (const [id, settle] of this.#unsettled) {
      try {
        await settle()
      } catch (error) {
        if (toAppError(error).code === 'TEMPORARILY_UNAVAILABLE') throw error
        // Its lease runs out by itself.
        this.#report(error)
      }
      this.#unsettled.delete(id)
    }
    await this.#passRequests()
    if (!this.#fresh) this.#loops[1]?.wake()
    for (const slot of this.#freeSlots()) if (!(await this.#claimRun(slot))) break
    await this.#claimJob()
  }

  async #passRequests(): Promise<void> {
    const requests = await readRequests([...this.#runs.keys()])
    for (const [runId, request] of requests) this.#runs.get(runId)?.ask(request)
    const job = this.#job
    if (job !== undefined && (await readCancelled([job.claimed.jobId])).size > 0) job.cancel()
  }

  #freeSlots(): Slot[] {
    const taken = new Set([...this.#runs.values()].map((run) => run.slot.index))
    return this.#options.slots.filter((slot) => !taken.has(slot.index))
  }

  async #claimRun(slot: Slot): Promise<boolean> {
    if (this.#stopping !== undefined || this.#trainerId === undefined || !this.#fresh) return false
    const claimed = await claimRun(this.#trainerId, this.#actor)
    if (claimed === null) return false
    if (this.#stopping !== undefined) {
      await releaseRun(claimed, this.#actor)
      return false
    }
    const child = new RunChild(claimed, slot, this.#options.runEntry, (line) => this.#say(`[${claimed.name}] ${line}`))
    this.#say(`Run ${claimed.name} (${claimed.runId}), attempt ${claimed.attempt}: process ${child.pid} in slot ${slot.index}.`)
    this.#runs.set(claimed.runId, child)
    void child.ended.then((why) => {
      this.#runs.delete(claimed.runId)
      if (this.#stopping !== undefined) return
      const hold = holdOf(child)
      this.#unsettled.set(hold.leaseToken, async () => {
        const changed = await recoverLostRuns({ hold, why, actor: this.#actor })
        this.#say(`Run ${claimed.name} (${claimed.runId}): ${changed.length === 0 ? 'its process has ended' : why}.`)
      })
      this.#loops[0]?.wake()
    })
    return true
  }

  async #claimJob(): Promise<void> {
    if (this.#job !== undefined || this.#stopping !== undefined || this.#trainerId === undefined || !this.#fresh) return
    const claimed = await claimJob(this.#trainerId)
    if (claimed === null) return
    if (this.#isStopping()) return releaseJob(claimed)
    const child = new JobProcess(claimed, this.#options.jobEntry, jobEnvironment(this.#options.device), (line) =>
      this.#say(`[${claimed.kind}] ${line}`),
    )
    this.#say(`Job ${claimed.kind} (${claimed.jobId}), attempt ${claimed.attempt}: process ${child.pid}.`)
    this.#job = child
    void child.ended.then((why) => {
      this.#job = undefined
      if (this.#stopping !== undefined) return
      this.#unsettled.set(claimed.leaseToken, () => recoverLostJobs({ hold: claimed, why }))
      this.#loops[0]?.wake()
    })
  }

  #isStopping(): boolean {
    return this.#stopping !== undefined
  }

  #watchChildren(): void {
    const away = !this.#fresh
    for (const run of this.#runs.values()) run.watch(Date.now(), away)
    this.#job?.watch(Date.now(), away)
  }

  async #stop(): Promise<void> {
    clearInterval(this.#watch)
    const runs = [...this.#runs.values()]
    const job = this.#job
    // At once: a run's last epoch is safe, and nothing that a child does may be half done by being killed.
    for (const run of runs) run.kill()
    job?.kill()
    const closing = this.#listener?.close()
    await Promise.all([...runs.map((run) => run.ended), job?.ended])
    const giveBack = async (): Promise<void> => {
      await Promise.all(this.#loops.map((loop) => loop.stop()))
      for (const run of runs) await releaseRun(holdOf(run), this.#actor)
      if (job !== undefined) await releaseJob(jobHoldOf(job))
      for (const settle of this.#unsettled.values()) await settle()
      if (this.#trainerId !== undefined) await unregisterTrainer(this.#trainerId)
      await closing
    }
    // A database that is away must not keep us: the leases then run out by themselves.
    let timer: NodeJS.Timeout | undefined
    const patience = new Promise<void>((resolve) => (timer = setTimeout(resolve, RELEASE_PATIENCE_MS)))
    await Promise.race([giveBack().catch((error: unknown) => this.#report(error)), patience])
    clearTimeout(timer)
  }

  #report(thrown: unknown): void {
    const error = toAppError(thrown)
    if (error.code !== 'TEMPORARILY_UNAVAILABLE') {
      this.#say(`${error.code}: ${error.message}${error.cause instanceof Error ? ` (${error.cause.stack ?? error.cause.message})` : ''}`)
      return
    }
    // Leases may have run out meanwhile, ours among them: nothing is claimed before they are renewed.
    this.#lastBeat = 0
    if (!this.#wasAway) {
      this.#wasAway = true
      this.#say('The database does not answer; what trains goes on, and is written when it is back.')
    }
  }

  #say(line: string): void {
    this.#options.say?.(line)
  }
}

const holdOf = ({ claimed }: RunChild): LeaseHold => ({ runId: claimed.runId, leaseToken: claimed.leaseToken })
const jobHoldOf = ({ claimed }: JobProcess): JobHold => ({ jobId: claimed.jobId, leaseToken: claimed.leaseToken })
