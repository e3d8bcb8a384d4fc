import { createWriteStream } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { ZipFile } from 'yazl'
import { writeImage } from '../../core/datasets/read-image.ts'
import { writeLabels } from '../../core/datasets/label-image.ts'
import { syntheticImage } from '../../core/datasets/synthetic.ts'

/** Label images in the layout of StarDist and QuPath, images/ and masks/, as a person would zip them; and one image apart. */
export async function syntheticZip(folder: string, count: number): Promise<{ zip: string; newImage: string; nuclei: number }> {
  await mkdir(folder, { recursive: true })
  const zip = new ZipFile()
  for (let i = 0; i < count; i++) {
    const { name, image, labels } = syntheticImage(i, 11)
    zip.addBuffer(await writeImage(image), `images/${name}.png`)
    zip.addBuffer(await writeLabels(labels), `masks/${name}.png`)
  }
  zip.end()
  const path = join(folder, 'cells.zip')
  await mkdir(dirname(path), { recursive: true })
  await pipeline(zip.outputStream, createWriteStream(path))
  const unseen = syntheticImage(count + 40, 12)
  const newImage = join(folder, 'unseen.png')
  await writeFile(newImage, await writeImage(unseen.image))
  return { zip: path, newImage, nuclei: new Set(unseen.labels.data).size - 1 }
}
