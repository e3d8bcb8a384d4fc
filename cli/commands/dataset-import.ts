import { existsSync, readFileSync } from 'node:fs'
import { basename, resolve } from 'node:path'
import { AppError } from '../../core/errors.ts'
import { actor } from '../actor.ts'
import { defineCommand } from '../command.ts'
import { note, print, printJson } from '../output.ts'

export const datasetImport = defineCommand({
  name: 'dataset import',
  summary: 'Import a zip or folder of images with masks, as a new dataset or a new version of one',
  usage: 'PATH',
  least: 1,
  most: 1,
  options: {
    name: { type: 'string', value: 'NAME', help: 'name of the dataset (else the name of the file)' },
    'group-pattern': {
      type: 'string',
      value: 'REGEX',
      help: 'groups by file name: the first (..) of the pattern, e.g. a slide or a plate',
    },
    'group-csv': { type: 'string', value: 'FILE', help: 'groups by a CSV file of image,group' },
    channel: { type: 'string', value: 'N', help: 'which channel of images of many, from 0' },
    detach: { type: 'boolean', help: 'queue it and return; do not wait for its end' },
  },
  printsData: true,
  details:
    'Ctrl-C cancels the import; nothing is half imported. Layouts: one mask a nucleus (Data Science Bowl), label images (images/ and masks/, or NAME_masks.tif), or one binary mask an image.',
  example: 'karyon dataset import stage1_train.zip --name dsb2018',
  async run({ options, positionals: [given = ''], json }) {
    const path = resolve(given)
    if (!existsSync(path)) throw new AppError('RESOURCE_DOES_NOT_EXIST', `There is nothing at ${path}.`)
    const { createJob } = await import('../../core/jobs/create-job.ts')
    const { followJob } = await import('../follow-job.ts')
    const job = await createJob(
      'import',
      {
        name:
          options.name ??
          basename(path)
            .replace(/\.[A-Za-z0-9]+$/, '')
            .replace(/[^A-Za-z0-9._-]+/g, '-')
            .replace(/^[^A-Za-z0-9]+/, ''),
        path,
        group_pattern: options['group-pattern'],
        group_csv: options['group-csv'] === undefined ? undefined : readText(options['group-csv']),
        channel: options.channel === undefined ? undefined : Number(options.channel),
      },
      actor(),
    )
    if (options.detach === true) {
      if (json) printJson(job)
      else print(`Queued as job ${job.job_id}.`)
      return 0
    }
    const { result } = await followJob(job.job_id, 'Importing')
    if (json) printJson(result)
    else if (result !== null) {
      print(
        `${String(result['created'] === false ? 'Nothing new: these images are' : 'Imported')} ${String(result['ref'])}: ${String(result['images'])} images, ${String(result['objects'])} nuclei, ${String(result['groups'])} fields.`,
      )
      note(`\`karyon dataset show ${String(result['ref'])}\` says more.`)
    }
    return 0
  },
})

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    throw new AppError('RESOURCE_DOES_NOT_EXIST', `The file ${path} (--group-csv) cannot be read.`, { cause })
  }
}
