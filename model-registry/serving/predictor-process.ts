import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { childEnvironment } from '../../core/env.ts'
import { AppError } from '../../core/errors.ts'
import { deferred } from './deferred.ts'
import { type FromChild, fromWireError, type PredictAnswer, type PredictRequest, type Target, type ToChild } from './messages.ts'

/** Waiting requests beyond this are turned away: their clients would give up before they are served. */
export const MAX_WAITING = 32
/** A prediction that takes longer hangs: the child is ended. */
const PREDICTION_TIMEOUT_MS = 300_000
const LOAD_TIMEOUT_MS = 180_000

/** The predictor was already leaving when it was asked: ask its successor. Never reaches a client. */
export class PredictorLeaving extends Error {}

interface Waiting {
  request: PredictRequest
  resolve: (answer: PredictAnswer) => void
  reject: (error: Error) => void
  signal: AbortSignal
}

interface Loading {
  promise: Promise<void>
  resolve: () => void
  reject: (error: Error) => void
  timer: NodeJS.Timeout
}

/**
 * One predictor child, from its start to its end: loads versions, answers requests one at a time in the order in which
 * they came. A crash rejects what waits; it is not started again here.
 */
export class PredictorProcess {
  private readonly child: ChildProcess
  private readonly waiting: Waiting[] = []
  private readonly loading = new Map<string, Loading>()
  private readonly targets = new Map<string, Target>()
  private inFlight: (Waiting & { id: number; timer: NodeJS.Timeout }) | undefined
  private nextId = 1
  private leaving = false
  private readonly drained = deferred<undefined>()
  /** How it ended. */
  readonly ended: Promise<string>
  readonly startedAt = Date.now()

  constructor() {
    this.child = fork(fileURLToPath(new URL('./predictor.ts', import.meta.url)), [], {
      execArgv: ['--import', import.meta.resolve('tsx')],
      serialization: 'advanced',
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      env: childEnvironment({}),
    })
    const { promise, resolve } = deferred<string>()
    this.ended = promise
    this.child.once('error', (error) => resolve(error.message))
    this.child.once('exit', (code, signal) => resolve(signal ?? `status ${code}`))
    this.child.on('message', (message: FromChild) => this.onMessage(message))
    void promise.then((how) => this.onEnded(how))
  }

  get pid(): number | undefined {
    return this.child.pid
  }

  get isLeaving(): boolean {
    return this.leaving
  }

  /** Versions that are loaded, or being loaded. */
  get loaded(): readonly Target[] {
    return [...this.targets.values()]
  }

  get queueLength(): number {
    return this.waiting.length + (this.inFlight === undefined ? 0 : 1)
  }

  /** Loads a version and makes a trial prediction with it; at once when it is there. @throws AppError with the reason */
  load(target: Target): Promise<void> {
    if (this.leaving) return Promise.reject(new PredictorLeaving())
    const known = this.loading.get(target.versionId)
    if (known !== undefined) return known.promise
    const { promise, resolve, reject } = deferred<undefined>()
    const timer = setTimeout(() => {
      this.fail(
        new AppError(
          'TEMPORARILY_UNAVAILABLE',
          `Version ${target.version} of ${target.model} did not load within ${LOAD_TIMEOUT_MS / 1000} s.`,
        ),
      )
    }, LOAD_TIMEOUT_MS)
    this.loading.set(target.versionId, { promise, resolve: () => resolve(undefined), reject, timer })
    this.targets.set(target.versionId, target)
    // Every caller awaits it; the switch may have gone on by the time it fails.
    promise.catch(() => undefined)
    this.send({ type: 'load', target })
    return promise
  }

  unload(versionId: string): void {
    if (!this.targets.delete(versionId)) return
    clearTimeout(this.loading.get(versionId)?.timer)
    this.loading.delete(versionId)
    this.send({ type: 'unload', versionId })
  }

  /**
   * @throws AppError REQUEST_LIMIT_EXCEEDED when too many wait, TEMPORARILY_UNAVAILABLE when the child dies over it;
   *   what the prediction itself throws; PredictorLeaving
   */
  predict(request: PredictRequest, signal: AbortSignal): Promise<PredictAnswer> {
    if (this.leaving) return Promise.reject(new PredictorLeaving())
    if (this.waiting.length >= MAX_WAITING) {
      return Promise.reject(
        new AppError(
          'REQUEST_LIMIT_EXCEEDED',
          `${this.waiting.length} predictions are waiting already. Try again in a few seconds, or send fewer at a time.`,
        ),
      )
    }
    return new Promise((resolve, reject) => {
      const entry: Waiting = { request, resolve, reject, signal }
      this.waiting.push(entry)
      signal.addEventListener('abort', () => this.drop(entry), { once: true })
      this.next()
    })
  }

  /** Takes no more, answers what waits, then ends the child. */
  async drain(): Promise<void> {
    this.leaving = true
    if (this.queueLength === 0) this.drained.resolve(undefined)
    await Promise.race([this.drained.promise, this.ended])
    await this.kill()
  }

  /** Ends the child now; what waits is rejected. */
  async kill(): Promise<void> {
    this.leaving = true
    // It holds nothing that could be lost, and does not hear a polite signal while it computes.
    this.child.kill('SIGKILL')
    await this.ended
  }

  /** A client that went away: what waits is not computed; what is being computed cannot be stopped, and is thrown away. */
  private drop(entry: Waiting): void {
    const at = this.waiting.indexOf(entry)
    if (at === -1) return
    this.waiting.splice(at, 1)
    entry.reject(new AppError('BAD_REQUEST', 'The client closed the connection.'))
  }

  private next(): void {
    if (this.inFlight !== undefined) return
    const entry = this.waiting.shift()
    if (entry === undefined) {
      if (this.leaving) this.drained.resolve(undefined)
      return
    }
    const id = this.nextId++
    const timer = setTimeout(() => {
      this.fail(
        new AppError(
          'TEMPORARILY_UNAVAILABLE',
          `The prediction did not end within ${PREDICTION_TIMEOUT_MS / 1000} s and was given up. Try a smaller image.`,
        ),
      )
    }, PREDICTION_TIMEOUT_MS)
    this.inFlight = { ...entry, id, timer }
    this.send({ type: 'predict', id, request: entry.request })
  }

  private onMessage(message: FromChild): void {
    switch (message.type) {
      case 'ready':
        return
      case 'loaded': {
        const entry = this.loading.get(message.versionId)
        clearTimeout(entry?.timer)
        entry?.resolve()
        return
      }
      case 'load-failed': {
        const entry = this.loading.get(message.versionId)
        clearTimeout(entry?.timer)
        this.loading.delete(message.versionId)
        this.targets.delete(message.versionId)
        entry?.reject(fromWireError(message.error))
        return
      }
      case 'answer':
      case 'failed': {
        const done = this.inFlight
        if (done?.id !== message.id) return
        clearTimeout(done.timer)
        this.inFlight = undefined
        if (message.type === 'answer') done.resolve(message.answer)
        else done.reject(fromWireError(message.error))
        this.next()
        return
      }
      default:
        throw new Error(`unknown message ${JSON.stringify(message satisfies never)}`)
    }
  }

  private fail(error: AppError): void {
    this.rejectAll(error)
    void this.kill()
  }

  private onEnded(how: string): void {
    this.leaving = true
    this.rejectAll(
      new AppError(
        'TEMPORARILY_UNAVAILABLE',
        `The predictor ended (${how}) before it answered; it is being started again. Try again in a few seconds.`,
      ),
    )
    this.drained.resolve(undefined)
  }

  private rejectAll(error: AppError): void {
    const { inFlight } = this
    this.inFlight = undefined
    if (inFlight !== undefined) {
      clearTimeout(inFlight.timer)
      inFlight.reject(error)
    }
    for (const entry of this.waiting.splice(0)) entry.reject(error)
    for (const entry of this.loading.values()) {
      clearTimeout(entry.timer)
      entry.reject(error)
    }
    this.loading.clear()
    this.targets.clear()
  }

  private send(message: ToChild): void {
    // A channel that is closed is a child that ended: `ended` rejects what waits.
    this.child.send(message, () => undefined)
  }
}
