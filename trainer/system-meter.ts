import { gpuPoints } from './gpu.ts'

/** What this process takes of the machine, since it was last asked. */
export class SystemMeter {
  private usage = process.cpuUsage()
  private at = performance.now()

  /** system/cpu_percent (of one core: 200 is two cores busy), system/rss_mb, and of the GPU where there is one. */
  async points(): Promise<{ key: string; value: number }[]> {
    const usage = process.cpuUsage(this.usage)
    const now = performance.now()
    const cpu = (usage.user + usage.system) / 1000 / (now - this.at)
    this.usage = process.cpuUsage()
    this.at = now
    return [
      { key: 'system/cpu_percent', value: cpu * 100 },
      { key: 'system/rss_mb', value: process.memoryUsage.rss() / 2 ** 20 },
      ...(await gpuPoints()),
    ]
  }
}
