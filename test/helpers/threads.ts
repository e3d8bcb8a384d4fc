/** Threads of this process that run JavaScript besides the first. */
export function threads(): number {
  const report = process.report?.getReport() as unknown as { workers: unknown[] }
  return report.workers.length
}
