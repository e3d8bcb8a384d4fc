import { defineCommand } from '../command.ts'
import { print, printJson, table, time } from '../output.ts'

export const datasetList = defineCommand({
  name: 'dataset list',
  summary: 'List datasets with their newest version',
  usage: '',
  least: 0,
  most: 0,
  options: {},
  printsData: true,
  example: 'karyon dataset list',
  async run({ json }) {
    const { listDatasets } = await import('../../core/datasets/get-dataset.ts')
    const datasets = await listDatasets()
    if (json) printJson({ datasets })
    else if (datasets.length === 0) print('No datasets yet. `karyon dataset import PATH` imports one.')
    else {
      print(
        table(
          ['DATASET', 'IMAGES', 'NUCLEI', 'FIELDS', 'KIND', 'CREATED'],
          datasets.map(({ latest, synthetic }) => [
            latest.ref,
            latest.image_count,
            latest.object_count,
            latest.group_count,
            synthetic ? 'synthetic' : latest.derived ? 'derived from masks' : 'instances',
            time(latest.created_at),
          ]),
        ),
      )
    }
    return 0
  },
})
