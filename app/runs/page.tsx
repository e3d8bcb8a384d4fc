import { type Metadata } from 'next'
import { Page, PageHeader } from '@/app/components/ui/page-header.tsx'
import { AppError } from '@/core/errors.ts'
import { type RunPage as RunsPageData, searchRuns } from '@/core/runs/search-runs.ts'
import { DEFAULT_ORDER, isOrder, type RunsQuery, toFilter } from './query.ts'
import { RunsTable } from './runs-table.tsx'

export const metadata: Metadata = { title: 'Runs' }

const PAGE_SIZE = 100

export default async function Runs({ searchParams }: { searchParams: Promise<Record<string, string | string[] | undefined>> }) {
  const asked = await searchParams
  const text = (name: string): string => (typeof asked[name] === 'string' ? asked[name] : '')
  const query: RunsQuery = {
    filter: text('filter'),
    order: isOrder(text('order')) ? text('order') : DEFAULT_ORDER,
    deleted: text('deleted') === '1',
  }
  const { page, error } = await firstPage(query)
  return (
    <Page wide>
      <PageHeader title={query.deleted ? 'Deleted runs' : 'Runs'} />
      {/* A link to another view of the table begins it anew. */}
      <RunsTable
        key={query.deleted ? 'deleted' : 'active'}
        initialQuery={query}
        initialPage={page}
        initialError={error}
        pageSize={PAGE_SIZE}
        now={Date.now()}
      />
    </Page>
  )
}

/** The first rows; a filter that is wrong is said beside its field, not by an error page. */
async function firstPage(query: RunsQuery): Promise<{ page: RunsPageData; error: string | null }> {
  try {
    const page = await searchRuns({
      filter: toFilter(query.filter),
      orderBy: [query.order],
      maxResults: PAGE_SIZE,
      lifecycle: query.deleted ? 'deleted' : 'active',
    })
    return { page, error: null }
  } catch (thrown) {
    if (thrown instanceof AppError && thrown.code === 'INVALID_PARAMETER_VALUE') return { page: { runs: [] }, error: thrown.message }
    throw thrown
  }
}
