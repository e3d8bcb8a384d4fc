import { Page, PageHeader } from './components/ui/page-header.tsx'

export default function HomePage() {
  return (
    <Page>
      <PageHeader title="Home" />
    </Page>
  )
}
