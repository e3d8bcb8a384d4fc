import { Page } from './page-header.tsx'
import { Skeleton } from './skeleton.tsx'

/** The frame of a page while it is read: title, a line of figures, a body. */
export function PageSkeleton({ wide = false }: { wide?: boolean }) {
  return (
    <Page wide={wide}>
      <span role="status" className="sr-only">
        Loading
      </span>
      <Skeleton className="mb-2 h-4 w-40" />
      <Skeleton className="mb-6 h-7 w-72" />
      <Skeleton className="mb-4 h-24" />
      <Skeleton className="h-[28rem]" />
    </Page>
  )
}
