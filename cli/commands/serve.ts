import { defineCommand } from '../command.ts'
import { runProgram } from '../run-program.ts'

export const serve = defineCommand({
  name: 'serve',
  summary: 'Run the model server alone until Ctrl-C (`karyon up` runs one too)',
  usage: '',
  least: 0,
  most: 0,
  options: { port: { type: 'string', value: 'PORT', help: 'where it listens on this machine (SERVE_PORT, else 3001)' } },
  printsData: false,
  details: 'POST /predict?model=NAME&alias=champion&format=json|mask|labels|geojson|csv with one image; GET /health.',
  example: 'karyon serve --port 4001\ncurl --data-binary @field.png "http://127.0.0.1:4001/predict?model=nuclei&format=csv"',
  run: ({ options: { port } }) =>
    runProgram({ path: 'model-registry/serving/server.ts', env: port === undefined ? {} : { SERVE_PORT: port } }),
})
