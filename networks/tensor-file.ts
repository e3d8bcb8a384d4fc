import { AppError } from '../core/errors.ts'
import type { WeightSnapshot } from './weights.ts'

/**
 * Named float32 arrays in one file, in the safetensors layout (8 bytes length, a JSON header of names, shapes and offsets,
 * then the values, little endian), so that other tools can read Karyon's weights. `metadata` is any JSON.
 */
export interface TensorFile {
  metadata: unknown
  tensors: WeightSnapshot
}

interface HeaderEntry {
  dtype: string
  shape: number[]
  data_offsets: [number, number]
}

export function encodeTensorFile({ metadata, tensors }: TensorFile): Uint8Array {
  const header: Record<string, HeaderEntry | { karyon: string }> = { __metadata__: { karyon: JSON.stringify(metadata) } }
  let at = 0
  for (const { name, shape } of tensors.index) {
    const end = at + shape.reduce((a, b) => a * b, 1) * 4
    header[name] = { dtype: 'F32', shape, data_offsets: [at, end] }
    at = end
  }
  const text = Buffer.from(JSON.stringify(header))
  // padded with spaces, so that the values begin at a multiple of eight bytes
  const length = Math.ceil(text.length / 8) * 8
  const bytes = Buffer.alloc(8 + length + at, ' ')
  bytes.writeBigUInt64LE(BigInt(length), 0)
  text.copy(bytes, 8)
  Buffer.from(tensors.data.buffer, tensors.data.byteOffset, at).copy(bytes, 8 + length)
  return bytes
}

/** @throws AppError BAD_REQUEST naming `what` when the bytes are cut short or of another kind */
export function decodeTensorFile(bytes: Uint8Array, what: string): TensorFile {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const damaged = (reason: string, cause?: unknown): AppError => new AppError('BAD_REQUEST', `${what} is damaged: ${reason}.`, { cause })
  if (buffer.length < 8) throw damaged('it is cut short')
  const length = Number(buffer.readBigUInt64LE(0))
  if (length > buffer.length - 8) throw damaged('it is cut short')
  let header: Record<string, HeaderEntry>
  let note: { karyon?: string } | undefined
  try {
    const { __metadata__, ...tensors } = JSON.parse(buffer.subarray(8, 8 + length).toString('utf8')) as {
      __metadata__?: { karyon?: string }
    } & Record<string, unknown>
    header = tensors as Record<string, HeaderEntry>
    note = __metadata__
  } catch (cause) {
    throw damaged('its header is no JSON', cause)
  }
  const values = buffer.subarray(8 + length)
  const entries = Object.entries(header)
  const total = entries.reduce((most, [, entry]) => Math.max(most, entry.data_offsets[1]), 0)
  if (values.length !== total) throw damaged(`it holds ${values.length} bytes of values, its header tells of ${total}`)
  const metadata: unknown = JSON.parse(note?.karyon ?? 'null')
  const index: WeightSnapshot['index'] = []
  let at = 0
  for (const [name, entry] of entries) {
    if (entry.dtype !== 'F32' || entry.data_offsets[0] !== at) throw damaged(`${name} is not where it should be`)
    index.push({ name, shape: entry.shape })
    at = entry.data_offsets[1]
  }
  return { metadata, tensors: { index, data: new Float32Array(Uint8Array.from(values).buffer) } }
}
