import { PageSkeleton } from '@/app/components/ui/page-skeleton.tsx'

export default function Loading() {
  return <PageSkeleton wide />
}
