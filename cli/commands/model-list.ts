import { defineCommand } from '../command.ts'
import { bytes, print, printJson, score, table, time } from '../output.ts'

export const modelList = defineCommand({
  name: 'model list',
  summary: 'List registered models with their versions',
  usage: '[NAME]',
  least: 0,
  most: 1,
  options: {},
  printsData: true,
  example: 'karyon model list nuclei',
  async run({ positionals: [name], json }) {
    const { getModel, listModels } = await import('../../model-registry/list-models.ts')
    const models = name === undefined ? await listModels() : [await getModel(name)]
    if (json) printJson(name === undefined ? { models } : models[0])
    else if (models.length === 0) print('No models yet. `karyon model register NAME RUN_ID` makes one of a run.')
    else {
      print(
        table(
          ['MODEL', 'VERSION', 'ALIASES', 'RUN', 'DATASET', 'VAL/DICE', 'VAL/AP50', 'SIZE', 'CREATED'],
          models.flatMap((model) =>
            model.versions.map((version) => [
              model.name,
              version.version,
              version.aliases.join(', '),
              version.run_name ?? 'deleted',
              version.dataset,
              score(version.metrics['val/dice']),
              score(version.metrics['val/ap50']),
              bytes(version.size),
              time(version.created_at),
            ]),
          ),
        ),
      )
    }
    return 0
  },
})
