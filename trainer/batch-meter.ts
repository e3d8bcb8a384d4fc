import { AppError } from '../core/errors.ts'
import type { Progress } from '../core/runs/run-writer.ts'
import { tf } from '../networks/tensorflow.ts'
import type { Batch } from './batches.ts'
import type { StepResult } from './train-step.ts'

const READ_EVERY_MS = 1000
/** Weight of the newest step in the running speed. */
const SPEED_WEIGHT = 0.1

interface Sink {
  points(list: { key: string; step: number; value: number }[]): void
  progress(progress: Progress): void
}

/**
 * Losses and speed of training. Losses stay on the device and are read together once a second, so that the device never
 * waits for this thread; then the chart gets its point, and a loss that is no number is found.
 */
export class BatchMeter {
  private waiting: (StepResult & { batch: number; imageIds: string[]; step: number })[] = []
  private lastRead = 0
  private lastStepAt = 0
  private secondsPerStep: number | undefined
  private epoch = 0
  private epochStartedAt = 0
  private trainedAt = 0
  private steps = 0
  private loss = 0
  private accuracy = 0
  private evaluationSeconds: number | undefined

  constructor(
    private readonly sink: Sink,
    private readonly plan: { epochs: number; steps: number; batchSize: number },
  ) {}

  startEpoch(epoch: number): void {
    this.epoch = epoch
    this.epochStartedAt = this.lastStepAt = performance.now()
    this.steps = this.loss = this.accuracy = 0
  }

  /** @throws AppError INTERNAL_ERROR naming the batch and its images when a loss is no number */
  add(result: StepResult, batch: Batch, step: number): void {
    this.waiting.push({ ...result, batch: batch.index, imageIds: batch.imageIds, step })
    const now = performance.now()
    const seconds = (now - this.lastStepAt) / 1000
    this.lastStepAt = now
    this.secondsPerStep = this.secondsPerStep === undefined ? seconds : this.secondsPerStep + SPEED_WEIGHT * (seconds - this.secondsPerStep)
    if (now - this.lastRead < READ_EVERY_MS) return
    this.read()
    const last = batch.index + 1
    this.sink.progress({ epoch: this.epoch, step, imagesPerSecond: this.speed(), etaSeconds: this.eta(this.plan.steps - last) })
  }

  /** Means over the epoch's batches. */
  endEpoch(): { loss: number; accuracy: number } {
    this.read()
    this.trainedAt = performance.now()
    return { loss: this.loss / this.steps, accuracy: this.accuracy / this.steps }
  }

  /** To be called when the epoch has been judged. `imagesPerSecond` is of training alone. */
  withEvaluation(epoch: number): { epochSeconds: number; imagesPerSecond: number; etaSeconds: number } {
    const now = performance.now()
    this.evaluationSeconds = (now - this.trainedAt) / 1000
    return {
      epochSeconds: (now - this.epochStartedAt) / 1000,
      imagesPerSecond: (this.steps * this.plan.batchSize * 1000) / (this.trainedAt - this.epochStartedAt),
      etaSeconds: (this.plan.epochs - epoch) * this.epochSeconds(),
    }
  }

  private read(): void {
    this.lastRead = performance.now()
    if (this.waiting.length === 0) return
    const read = this.waiting
    this.waiting = []
    const values = tf.tidy(() => tf.stack(read.flatMap(({ loss, accuracy }) => [loss, accuracy])).dataSync())
    for (const { loss, accuracy } of read) {
      loss.dispose()
      accuracy.dispose()
    }
    for (const [at, { batch, imageIds }] of read.entries()) {
      const loss = values[2 * at]!
      if (!Number.isFinite(loss)) {
        throw new AppError(
          'INTERNAL_ERROR',
          `The loss became ${loss} at batch ${batch + 1} of epoch ${this.epoch}, images ${[...new Set(imageIds)].join(', ')}. ` +
            `The last checkpoint is kept. Try a lower learning rate${this.epoch === 1 ? '' : ', or stop a run like it earlier'}.`,
        )
      }
      this.loss += loss
      this.accuracy += values[2 * at + 1]!
      this.steps++
    }
    const { step } = read.at(-1)!
    this.sink.points([{ key: 'train/batch_loss', step, value: values[2 * read.length - 2]! }])
  }

  private speed(): number | null {
    return this.secondsPerStep === undefined ? null : this.plan.batchSize / this.secondsPerStep
  }

  private epochSeconds(): number {
    return this.plan.steps * (this.secondsPerStep ?? 0) + (this.evaluationSeconds ?? 0)
  }

  private eta(stepsLeft: number): number {
    return stepsLeft * (this.secondsPerStep ?? 0) + (this.evaluationSeconds ?? 0) + (this.plan.epochs - this.epoch) * this.epochSeconds()
  }
}
