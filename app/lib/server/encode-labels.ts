/** Little-endian 16-bit: width, height, then a label a pixel, row by row. */
export function encodeLabels(map: { width: number; height: number; data: ArrayLike<number> }): Uint8Array {
  const bytes = new Uint8Array(4 + 2 * map.width * map.height)
  const view = new DataView(bytes.buffer)
  view.setUint16(0, map.width, true)
  view.setUint16(2, map.height, true)
  for (let i = 0; i < map.width * map.height; i++) view.setUint16(4 + 2 * i, map.data[i] ?? 0, true)
  return bytes
}
