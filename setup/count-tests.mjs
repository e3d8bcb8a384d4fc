import { readFileSync } from 'node:fs'

// Prints the last line of .ci/run. Arguments: vitest's JSON report, vitest's exit status, how many of the other checks
// (lint, types, format) passed and failed.
const [report, status, checksPassed, checksFailed] = process.argv.slice(2)
let passed = Number(checksPassed)
let failed = Number(checksFailed)
let counted = 0
try {
  const { numPassedTests, numFailedTests } = JSON.parse(readFileSync(report, 'utf8'))
  passed += numPassedTests
  counted = numFailedTests
} catch {
  process.stdout.write('The tests left no report.\n')
}
// A file that did not load, or an error outside any test, fails the run without a failed test.
failed += status === '0' ? counted : Math.max(1, counted)
process.exitCode = failed === 0 ? 0 : 1
process.stdout.write(`${passed} passed, ${failed} failed\n`)
