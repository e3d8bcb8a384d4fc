import { AppError } from '../../core/errors.ts'
import type { PredictAnswer, PredictRequest, Target } from './messages.ts'
import { PredictorLeaving, PredictorProcess } from './predictor-process.ts'

// A predictor that crashes at once must not spin, and one that crashed once is back within a second.
const BACK_OFF_MS = [200, 1000, 3000, 10_000, 30_000]
const STEADY_MS = 60_000

/**
 * A predictor that is there when it is needed: started by the first request, started again after a crash (ever later
 * when it keeps crashing), replaced by a warmed successor without a gap. At most `capacity` versions are loaded; the one
 * that was used longest ago makes room.
 */
export class Lane {
  private predictor: PredictorProcess | undefined
  private readonly used = new Map<string, number>()
  private clock = 0
  private crashes = 0
  private notBefore = 0

  constructor(
    private readonly capacity: number,
    private readonly say: (line: string) => void,
  ) {}

  get state(): 'idle' | 'running' | 'waiting to restart' {
    if (this.predictor !== undefined) return 'running'
    return this.notBefore > Date.now() ? 'waiting to restart' : 'idle'
  }

  get loaded(): readonly Target[] {
    return this.predictor?.loaded ?? []
  }

  get queueLength(): number {
    return this.predictor?.queueLength ?? 0
  }

  get pid(): number | undefined {
    return this.predictor?.pid
  }

  /** @throws AppError as PredictorProcess.predict; TEMPORARILY_UNAVAILABLE while the predictor waits to be restarted */
  async predict(target: Target, request: Omit<PredictRequest, 'target'>, signal: AbortSignal): Promise<PredictAnswer> {
    for (;;) {
      const predictor = this.running()
      try {
        await this.load(predictor, target)
        return await predictor.predict({ ...request, target }, signal)
      } catch (error) {
        // It was replaced between the two: its successor has the version, or loads it.
        if (!(error instanceof PredictorLeaving) || signal.aborted) throw error
      }
    }
  }

  async preload(target: Target): Promise<void> {
    await this.load(this.running(), target)
  }

  /**
   * Starts a second predictor, loads and tries all of `targets`, then makes it the one that answers and lets the first
   * finish what it has begun. When one of them does not load, the first goes on as if nothing had been asked.
   * @param onSwitch called in the moment of the switch
   */
  async replace(targets: readonly Target[], onSwitch: () => void): Promise<void> {
    const successor = new PredictorProcess()
    try {
      for (const target of targets) await successor.load(target)
    } catch (error) {
      await successor.kill()
      throw error
    }
    const first = this.predictor
    this.adopt(successor)
    for (const target of targets) this.touch(target)
    onSwitch()
    if (first !== undefined) await first.drain()
  }

  /** Ends the predictor once it has answered what waits, e.g. to give its memory back; the next request starts another. */
  async rest(): Promise<void> {
    const predictor = this.predictor
    this.predictor = undefined
    await predictor?.drain()
  }

  async stop(): Promise<void> {
    const predictor = this.predictor
    this.predictor = undefined
    await predictor?.kill()
  }

  private running(): PredictorProcess {
    if (this.predictor !== undefined && !this.predictor.isLeaving) return this.predictor
    const wait = this.notBefore - Date.now()
    if (wait > 0) {
      throw new AppError(
        'TEMPORARILY_UNAVAILABLE',
        `The predictor crashed ${this.crashes === 1 ? '' : `${this.crashes} times `}and is started again in ${Math.ceil(wait / 1000)} s. Try again then; its log says why.`,
      )
    }
    const predictor = new PredictorProcess()
    this.adopt(predictor)
    return predictor
  }

  private adopt(predictor: PredictorProcess): void {
    this.predictor = predictor
    void predictor.ended.then((how) => {
      // Drained or killed on purpose: it is no longer the one that answers.
      if (this.predictor !== predictor) return
      this.predictor = undefined
      this.crashes = Date.now() - predictor.startedAt > STEADY_MS ? 1 : this.crashes + 1
      const wait = BACK_OFF_MS[Math.min(this.crashes, BACK_OFF_MS.length) - 1] ?? 0
      this.notBefore = Date.now() + wait
      this.say(`The predictor ended (${how}); it may start again in ${wait / 1000} s.`)
    })
  }

  private async load(predictor: PredictorProcess, target: Target): Promise<void> {
    this.touch(target)
    const loading = predictor.load(target)
    for (const old of this.surplus(predictor)) predictor.unload(old.versionId)
    await loading
  }

  private touch(target: Target): void {
    this.used.set(target.versionId, ++this.clock)
  }

  private surplus(predictor: PredictorProcess): Target[] {
    const byUse = predictor.loaded.toSorted((a, b) => (this.used.get(b.versionId) ?? 0) - (this.used.get(a.versionId) ?? 0))
    return byUse.slice(this.capacity)
  }
}
