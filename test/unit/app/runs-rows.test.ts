import { createElement } from 'react'
import { renderToStaticMarkup } from 'react-dom/server'
import { expect, it, vi } from 'vitest'
import { RunsRows } from '../../../app/runs/runs-rows.tsx'
import { runView } from '../../helpers/run-view.ts'

// Without a window nothing is in sight: here every row is.
vi.mock('@tanstack/react-virtual', () => ({
  useVirtualizer: ({ count }: { count: number }) => ({
    getVirtualItems: () => Array.from({ length: count }, (_, index) => ({ index, start: 0, end: 0 })),
    getTotalSize: () => 0,
  }),
}))

it('has a head for every cell of a row, and says the dataset under the name', () => {
  const runs = [
    runView('a', { params: { batch_size: 8 }, dataset: 'dsb2018@3' }),
    runView('b', { params: { batch_size: 16 }, dataset: 'dsb2018@3', dataset_synthetic: true }),
  ]
  const html = renderToStaticMarkup(
    createElement(RunsRows, {
      table: {
        runs,
        query: { filter: '', order: 'created_at desc', deleted: false },
        setQuery: vi.fn(),
        loadMore: vi.fn(),
        hasMore: false,
        loading: false,
        error: null,
        patch: vi.fn(),
        remove: vi.fn(),
        reload: vi.fn(),
      },
      selected: new Set<string>(),
      onSelect: vi.fn(),
      now: 0,
    }),
  )
  const cells = html.split('<tr').slice(1)
  expect(cells.map((row) => row.match(/<t[hd][ >]/g)?.length)).toEqual([10, 10, 10])
  expect(html.match(/dsb2018@3/g)).toHaveLength(2)
  expect(html).toContain('dsb2018@3 (synthetic)')
})
