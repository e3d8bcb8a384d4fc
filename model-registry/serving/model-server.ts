import { env } from '../../core/env.ts'
import { toAppError } from '../../core/errors.ts'
import { CHANNELS, type Listener, listen } from '../../core/notify.ts'
import { aliasKey, findAlias, findVersion, readAliases } from './aliases.ts'
import { Lane } from './lane.ts'
import type { PredictAnswer, PredictRequest, Target } from './messages.ts'

/** A notification may be lost; the poll finds what it told of. */
const POLL_MS = 3000
/** A version that does not load is tried again, in case its files were the trouble. */
const RETRY_MS = 30_000
/** Versions asked for by number are kept this long after the last request; then their memory is given back. */
const REST_AFTER_MS = 600_000
const MOST_ALIASED = 4
const MOST_BY_NUMBER = 3

export interface Wanted {
  model: string
  /** Either, or neither: the champion. */
  alias?: string
  version?: string
}

export interface Served {
  target: Target
  answer: PredictAnswer
}

export interface Health {
  status: 'ok'
  /** Whose models these are: several Karyons may run on one machine. */
  home: string
  loaded: { model: string; version: string; aliases: string[] }[]
  waiting: number
  predictor: string
  problems: string[]
}

/**
 * Which version answers for an alias, and the predictors that do. Aliased versions live in one predictor, those asked
 * for by number in another, so that trying an old version never delays the champion.
 *
 * When an alias moves whose version is loaded, a second predictor is started and tried with what is wanted now; only
 * then is the alias answered by the new version, and the first predictor ended once it has answered what it had begun.
 */
export class ModelServer {
  private readonly aliased: Lane
  private readonly byNumber: Lane
  /** What is answered for each alias. Runs behind the database by the time that warming takes. */
  private published = new Map<string, Target>()
  private readonly failed = new Map<string, { versionId: string; message: string; at: number }>()
  private listener: Listener | undefined
  private timer: NodeJS.Timeout | undefined
  private refreshing: Promise<void> | undefined
  private again = false
  private byNumberUsedAt = 0
  private stopped = false
  private databaseProblem: string | undefined

  constructor(private readonly say: (line: string) => void) {
    this.aliased = new Lane(MOST_ALIASED, say)
    this.byNumber = new Lane(MOST_BY_NUMBER, say)
  }

  /** Looks for champions and warms them, without making anyone wait. */
  start(): void {
    this.listener = listen([CHANNELS.model], () => void this.refresh(), { onReady: () => void this.refresh() })
    const tick = (): void => {
      void this.refresh().finally(() => {
        if (!this.stopped) this.timer = setTimeout(tick, POLL_MS)
      })
    }
    tick()
  }

  async stop(): Promise<void> {
    this.stopped = true
    clearTimeout(this.timer)
    await Promise.all([this.listener?.close(), this.aliased.stop(), this.byNumber.stop()])
  }

  /** @throws AppError: RESOURCE_DOES_NOT_EXIST with what to do; as Lane.predict; what is wrong with the image */
  async predict(wanted: Wanted, request: Omit<PredictRequest, 'target'>, signal: AbortSignal): Promise<Served> {
    if (wanted.version !== undefined) {
      const target = await findVersion(wanted.model, wanted.version)
      const lane = this.aliased.loaded.some(({ versionId }) => versionId === target.versionId) ? this.aliased : this.byNumber
      this.byNumberUsedAt = Date.now()
      return { target, answer: await lane.predict(target, request, signal) }
    }
    const alias = wanted.alias ?? 'champion'
    const key = aliasKey(wanted.model, alias)
    let target = this.published.get(key)
    if (target === undefined) {
      target = await findAlias(wanted.model, alias)
      this.published.set(key, target)
    }
    return { target, answer: await this.aliased.predict(target, request, signal) }
  }

  health(): Health {
    const aliases = new Map<string, string[]>()
    for (const [key, target] of this.published)
      aliases.set(target.versionId, [...(aliases.get(target.versionId) ?? []), key.slice(key.lastIndexOf('/') + 1)])
    return {
      status: 'ok',
      home: env().home,
      loaded: [...this.aliased.loaded, ...this.byNumber.loaded].map(({ model, version, versionId }) => ({
        model,
        version,
        aliases: aliases.get(versionId) ?? [],
      })),
      waiting: this.aliased.queueLength + this.byNumber.queueLength,
      predictor: this.aliased.state,
      problems: [
        ...[...this.failed.values()].map(({ message }) => message),
        ...(this.databaseProblem === undefined ? [] : [this.databaseProblem]),
      ],
    }
  }

  /** One at a time; a wish that comes meanwhile is met by one more round. */
  private async refresh(): Promise<void> {
    if (this.refreshing !== undefined) {
      this.again = true
      return this.refreshing
    }
    this.refreshing = this.refreshOnce()
      .then(() => {
        this.databaseProblem = undefined
      })
      .catch((error: unknown) => {
        // What is published stays: a database that is away for a while stops no prediction.
        this.databaseProblem = toAppError(error).message
      })
      .finally(() => {
        this.refreshing = undefined
      })
    await this.refreshing
    if (this.again && !this.stopped) {
      this.again = false
      await this.refresh()
    }
  }

  private async refreshOnce(): Promise<void> {
    if (this.byNumber.state === 'running' && this.byNumber.queueLength === 0 && Date.now() - this.byNumberUsedAt > REST_AFTER_MS)
      await this.byNumber.rest()
    const now = await readAliases()
    for (const key of this.published.keys()) if (!now.has(key)) this.published.delete(key)
    const moved: [string, Target][] = []
    for (const [key, target] of now) {
      const old = this.published.get(key)
      if (old?.versionId === target.versionId) this.failed.delete(key)
      else if (old !== undefined && this.isLoaded(old) && !this.isLoaded(target)) moved.push([key, target])
      else this.published.set(key, target)
    }
    for (const [key, target] of moved) await this.switchTo(key, target)
    await this.warmChampions(now)
  }

  private isLoaded({ versionId }: Target): boolean {
    return this.aliased.loaded.some((loaded) => loaded.versionId === versionId)
  }

  private async switchTo(key: string, target: Target): Promise<void> {
    const before = this.failed.get(key)
    if (before?.versionId === target.versionId && Date.now() - before.at < RETRY_MS) return
    const old = this.published.get(key)
    const stay = this.aliased.loaded.filter(({ versionId }) => versionId !== old?.versionId || this.isWantedElsewhere(versionId, key))
    try {
      await this.aliased.replace([...stay.slice(0, MOST_ALIASED - 1), target], () => {
        this.published.set(key, target)
        this.failed.delete(key)
        this.say(`${key} is now version ${target.version}${old === undefined ? '' : ` (was ${old.version})`}.`)
      })
    } catch (error) {
      const message = `Version ${target.version} of ${target.model} cannot be served: ${toAppError(error).message} ${old === undefined ? '' : `Version ${old.version} goes on answering.`}`
      this.failed.set(key, { versionId: target.versionId, message, at: Date.now() })
      this.say(message)
    }
  }

  private isWantedElsewhere(versionId: string, key: string): boolean {
    return [...this.published].some(([other, target]) => other !== key && target.versionId === versionId)
  }

  /** The newest champions are loaded before they are asked for. */
  private async warmChampions(now: ReadonlyMap<string, Target>): Promise<void> {
    const champions = [...now].filter(([key]) => key.endsWith('/champion')).slice(0, MOST_ALIASED)
    for (const [key, target] of champions) {
      const before = this.failed.get(key)
      if (this.published.get(key)?.versionId !== target.versionId || this.isLoaded(target)) continue
      if (before?.versionId === target.versionId && Date.now() - before.at < RETRY_MS) continue
      try {
        await this.aliased.preload(target)
        this.failed.delete(key)
        this.say(`${key} is loaded (version ${target.version}).`)
      } catch (error) {
        const { message } = toAppError(error)
        this.failed.set(key, {
          versionId: target.versionId,
          message: `Version ${target.version} of ${target.model} does not load: ${message}`,
          at: Date.now(),
        })
      }
    }
  }
}
