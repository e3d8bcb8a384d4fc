import { defineCommand } from '../command.ts'
import { facts, print, printJson, score, table, time } from '../output.ts'

export const datasetShow = defineCommand({
  name: 'dataset show',
  summary: 'Show a dataset: strata, sides, leak check, baseline',
  usage: 'NAME[@VERSION]',
  least: 1,
  most: 1,
  options: {},
  printsData: true,
  example: 'karyon dataset show dsb2018@1',
  async run({ positionals: [ref = ''], json }) {
    const { getDataset } = await import('../../core/datasets/get-dataset.ts')
    const dataset = await getDataset(ref)
    if (json) {
      printJson(dataset)
      return 0
    }
    const { latest } = dataset
    print(
      facts([
        ['Dataset', `${latest.ref}${latest.synthetic ? ' (synthetic)' : ''}`],
        ['Images', latest.image_count],
        ['Nuclei', latest.object_count],
        ['Fields', latest.group_count],
        [
          'Diameters',
          latest.diameters.p50 === null
            ? null
            : `${latest.diameters.p10?.toFixed(0)} to ${latest.diameters.p90?.toFixed(0)} pixels, median ${latest.diameters.p50.toFixed(0)}`,
        ],
        ['Layout', latest.layout],
        ['Source', latest.source],
        ['Versions', dataset.versions.map(({ version }) => version).join(', ')],
        ['Created', time(latest.created_at)],
      ]),
    )
    print(
      `\n${table(
        ['STRATUM', 'IMAGES', 'FIELDS', 'NUCLEI', ''],
        latest.strata.map((s) => [s.stratum, s.images, s.groups, s.objects, s.guessed ? 'guessed' : '']),
      )}`,
    )
    for (const split of latest.splits) {
      print(`\nSplit of seed ${split.seed}: ${split.leak_check.message}`)
      print(
        table(
          ['SIDE', 'IMAGES', 'FIELDS', 'NUCLEI'],
          Object.entries(split.sides).map(([side, counts]) => [side, counts.images, counts.groups, counts.objects]),
        ),
      )
      print(
        `Otsu + watershed on the validation side: Dice ${score(split.baseline['val/dice']) ?? '-'}, AP50 ${score(split.baseline['val/ap50']) ?? '-'}.`,
      )
    }
    print(`\nLooks at the test side, over all splits: ${latest.test_looks}.`)
    for (const warning of latest.warnings) print(`\nWarning: ${warning}`)
    return 0
  },
})
