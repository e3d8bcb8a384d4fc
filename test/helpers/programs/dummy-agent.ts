import { fileURLToPath } from 'node:url'
import { Agent } from '../../../trainer/agent/agent.ts'
import { makeSlots } from '../../../trainer/agent/slots.ts'

/** The real agent as a process of its own, with children that need no TensorFlow. */
const device = { gpus: [], cores: 2, description: 'cpu' }
const agent = new Agent({
  device,
  slots: makeSlots(device, 2),
  version: '0',
  runEntry: fileURLToPath(new URL('./dummy-run.ts', import.meta.url)),
  jobEntry: fileURLToPath(new URL('../../../trainer/job-child.ts', import.meta.url)),
  say: (line) => console.log(line),
})
process.on('SIGTERM', () => void agent.stop().then(() => process.exit(0)))
agent.start()
console.log('ready')
