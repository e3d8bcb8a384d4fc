import type { LabelMap, Mask } from './image.ts'

/**
 * Connected components of a mask, numbered from 1 in the order of their first pixel.
 * @param connectivity 4: pixels touch by a side; 8: by a side or a corner.
 */
export function connectedComponents(mask: Mask, connectivity: 4 | 8 = 4): { labels: LabelMap; count: number } {
  const { width, height, data } = mask
  const provisional = new Uint32Array(data.length)
  // parent[i] <= i always, so that one pass in rising order resolves every class.
  let parent = new Uint32Array(1024)
  let next = 1
  const find = (label: number): number => {
    let root = label
    while (parent[root] !== root) root = parent[root]!
    while (parent[label] !== root) {
      const up = parent[label]!
      parent[label] = root
      label = up
    }
    return root
  }
  const join = (a: number, b: number): number => {
    if (a === b) return a
    const x = find(a)
    const y = find(b)
    if (x < y) return (parent[y] = x)
    return (parent[x] = y)
  }
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      if (data[i] === 0) continue
      let label = x > 0 ? provisional[i - 1]! : 0
      if (y > 0) {
        const up = provisional[i - width]!
        if (up !== 0) label = label === 0 ? up : join(label, up)
        if (connectivity === 8) {
          const left = x > 0 ? provisional[i - width - 1]! : 0
          const right = x + 1 < width ? provisional[i - width + 1]! : 0
          if (left !== 0) label = label === 0 ? left : join(label, left)
          if (right !== 0) label = label === 0 ? right : join(label, right)
        }
      }
      if (label === 0) {
        if (next === parent.length) {
          const larger = new Uint32Array(parent.length * 2)
          larger.set(parent)
          parent = larger
        }
        parent[next] = next
        label = next++
      }
      provisional[i] = label
    }
  }
  const final = new Uint32Array(next)
  let count = 0
  for (let label = 1; label < next; label++) final[label] = parent[label] === label ? ++count : final[find(label)]!
  const out = count <= 65535 ? new Uint16Array(data.length) : provisional
  for (let i = 0; i < out.length; i++) out[i] = final[provisional[i]!]!
  return { labels: { width, height, data: out }, count }
}
