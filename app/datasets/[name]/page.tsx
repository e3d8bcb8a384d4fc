import { FlaskConical, ShieldAlert, ShieldCheck } from 'lucide-react'
import { type Metadata } from 'next'
import Link from 'next/link'
import { notFound } from 'next/navigation'
import { Badge, SyntheticBadge } from '@/app/components/ui/badge.tsx'
import { Button } from '@/app/components/ui/button.tsx'
import { Callout } from '@/app/components/ui/callout.tsx'
import { Card, CardContent, CardHeader, CardTitle } from '@/app/components/ui/card.tsx'
import { Page, PageHeader } from '@/app/components/ui/page-header.tsx'
import { StatusBadge } from '@/app/components/ui/status-badge.tsx'
import { Stat, StatGrid } from '@/app/components/ui/stat.tsx'
import { Table, TableBody, TableHead, TableRow, Td, Th } from '@/app/components/ui/table.tsx'
import { Ago } from '@/app/components/ui/time.tsx'
import { HelpTip } from '@/app/components/ui/tooltip.tsx'
import { formatCount, formatNumber, METRIC_HELP, metricLabel, NONE, plural } from '@/app/lib/format.ts'
import { type DatasetImageView, type DatasetVersionView, type DatasetView, SIDES, type SweepView } from '@/core/contracts/views.ts'
import { getDataset } from '@/core/datasets/get-dataset.ts'
import { listImages } from '@/core/datasets/list-images.ts'
import { listSweeps } from '@/core/sweeps/list-sweeps.ts'
import { AppError } from '@/core/errors.ts'
import { Histogram } from '@/app/components/charts/histogram.tsx'
import { ImageBrowser } from './image-browser.tsx'
import { SIDE_LABELS } from './sides.ts'
import { VersionSelect } from './version-select.tsx'

type Props = { params: Promise<{ name: string }>; searchParams: Promise<{ version?: string | string[] }> }

/** Filters work in the page on all images; a dataset beyond that shows its first ones, and says so. */
const MOST_IMAGES = 5000

/** Where an upload was kept while it was imported says nothing to anybody. */
const UPLOADED = /[/\\]uploads[/\\][0-9a-f-]{36}(\.\w+)?$/

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  return { title: decodeURIComponent((await params).name) }
}

export default async function DatasetPage({ params, searchParams }: Props) {
  const { version } = await searchParams
  const name = decodeURIComponent((await params).name)
  const dataset = await findDataset(typeof version === 'string' && /^\d{1,9}$/.test(version) ? `${name}@${version}` : name)
  const shown = dataset.latest
  const split = shown.splits[0]
  const [{ images }, sweeps] = await Promise.all([
    listImages(shown.dataset_version_id, { splitId: split?.split_id, limit: MOST_IMAGES }),
    listSweeps({ limit: 200 }),
  ])
  const own = sweeps.filter((sweep) => sweep.dataset_version_id === shown.dataset_version_id)
  return (
    <Page wide>
      <PageHeader
        crumbs={[{ label: 'Datasets', href: '/datasets' }, { label: dataset.name }]}
        title={dataset.name}
        badges={
          <>
            {dataset.synthetic && <SyntheticBadge />}
            {shown.derived && <Badge variant="warning">derived masks</Badge>}
          </>
        }
        description={
          <>
            Imported <Ago at={shown.created_at} now={Date.now()} />
            {shown.source !== '' && (
              <>
                {' '}
                from{' '}
                {UPLOADED.test(shown.source) ? 'an uploaded file' : <span className="font-mono text-xs break-all">{shown.source}</span>}
              </>
            )}
          </>
        }
        actions={
          <>
            <VersionSelect name={dataset.name} version={shown.version} versions={dataset.versions} />
            <Button asChild variant="primary">
              <Link
                href={`/sweeps/new?dataset=${encodeURIComponent(shown.version === dataset.versions[0]?.version ? dataset.name : shown.ref)}`}
              >
                <FlaskConical aria-hidden />
                New sweep with this
              </Link>
            </Button>
          </>
        }
      />
      <div className="flex flex-col gap-4">
        {shown.derived && (
          <Callout tone="warning" title="Touching nuclei cannot be told apart here">
            The masks are black and white, so nuclei were derived as connected pieces: those that touch count as one. Object figures (AP50,
            merges, counts) say less than Dice; label images would say more.
          </Callout>
        )}
        {shown.warnings.length > 0 && <Warnings warnings={shown.warnings} />}
        <Figures version={shown} images={images} />
        <div className="grid gap-4 lg:grid-cols-2">
          {split !== undefined && <SplitCard split={split} total={shown.image_count} />}
          <StrataCard version={shown} />
        </div>
        <div className="grid gap-4 md:grid-cols-2">
          <Histogram title="Nuclei per image" unit="nuclei" values={images.map((image) => image.object_count)} whole />
          <Histogram
            title="Size of nuclei"
            unit="px"
            values={images.flatMap((image) => image.median_diameter ?? [])}
            note="median diameter of each image"
          />
        </div>
        {own.length > 0 && <SweepsCard sweeps={own} />}
        <ImageBrowser synthetic={dataset.synthetic} images={images} total={shown.image_count} />
      </div>
    </Page>
  )
}

async function findDataset(ref: string): Promise<DatasetView> {
  try {
    return await getDataset(ref)
  } catch (thrown) {
    if (thrown instanceof AppError && (thrown.code === 'RESOURCE_DOES_NOT_EXIST' || thrown.code === 'INVALID_PARAMETER_VALUE')) notFound()
    throw thrown
  }
}

function Warnings({ warnings }: { warnings: readonly string[] }) {
  return (
    <Callout tone="info" title={`${plural(warnings.length, 'note')} from the import`}>
      <ul className="max-h-40 list-disc overflow-y-auto pl-4">
        {warnings.map((warning, i) => (
          <li key={i} className="break-words">
            {warning}
          </li>
        ))}
      </ul>
    </Callout>
  )
}

function Figures({ version, images }: { version: DatasetVersionView; images: readonly DatasetImageView[] }) {
  const { p10, p50, p90 } = version.diameters
  const perImage = version.object_count / version.image_count
  const sizes = new Set(images.map((image) => `${image.width} × ${image.height}`))
  const looks = version.test_looks
  return (
    <StatGrid>
      <Stat
        label="Images"
        value={formatCount(version.image_count)}
        detail={sizes.size === 1 ? [...sizes][0] : plural(sizes.size, 'size')}
      />
      <Stat label="Nuclei" value={formatCount(version.object_count)} detail={`${perImage.toFixed(perImage < 10 ? 1 : 0)} per image`} />
      <Stat label="Groups" value={formatCount(version.group_count)} detail="fields, each on one side" />
      <Stat
        label="Diameter"
        value={p50 === null ? NONE : `${formatNumber(p50, 1)} px`}
        detail={p10 === null || p90 === null ? '' : `${formatNumber(p10, 0)} to ${formatNumber(p90, 0)} px for 80 %`}
      />
      <Stat label="Looks at the test side" value={formatCount(looks)} detail={looks === 0 ? 'sealed' : 'counted, each with its reason'} />
    </StatGrid>
  )
}

const SHOWN_SWEEPS = 5

function SweepsCard({ sweeps }: { sweeps: readonly SweepView[] }) {
  return (
    <Card>
      <CardHeader>
        <CardTitle>{plural(sweeps.length, 'sweep')} on this version</CardTitle>
        {sweeps.length > SHOWN_SWEEPS && (
          <Link href="/sweeps" className="rounded-sm text-[13px] font-medium text-primary hover:underline">
            All sweeps
          </Link>
        )}
      </CardHeader>
      <CardContent>
        <ul className="flex flex-col gap-1.5">
          {sweeps.slice(0, SHOWN_SWEEPS).map((sweep) => (
            <li key={sweep.sweep_id} className="flex min-h-6 flex-wrap items-center gap-x-3 gap-y-1 text-[13px]">
              <Link
                href={`/sweeps/${sweep.sweep_id}`}
                className="max-w-72 truncate rounded-sm font-medium hover:text-primary hover:underline"
              >
                {sweep.name}
              </Link>
              <StatusBadge status={sweep.state} />
              <span className="num text-muted-foreground">
                best {metricLabel(sweep.metric.name)} {formatNumber(sweep.best_value, 3)}
              </span>
            </li>
          ))}
        </ul>
      </CardContent>
    </Card>
  )
}

type Split = DatasetVersionView['splits'][number]

function SplitCard({ split, total }: { split: Split; total: number }) {
  const Icon = split.leak_check.ok ? ShieldCheck : ShieldAlert
  const tones = { train: 'bg-primary', val: 'bg-[var(--curve-5)]', test: 'bg-input' } as const
  return (
    <Card>
      <CardHeader>
        <CardTitle>Split</CardTitle>
        <span
          className={`inline-flex items-center gap-1.5 text-[13px] font-medium ${split.leak_check.ok ? 'text-success' : 'text-destructive'}`}
          data-testid="leak-check"
        >
          <Icon className="size-4" aria-hidden />
          {split.leak_check.message}
        </span>
      </CardHeader>
      <CardContent>
        <div className="mb-2 flex h-2.5 gap-0.5 overflow-hidden rounded-full" aria-hidden>
          {SIDES.map((side) => (
            <div key={side} className={tones[side]} style={{ width: `${((split.sides[side]?.images ?? 0) / total) * 100}%` }} />
          ))}
        </div>
        <Table label="Sides of the split">
          <TableHead>
            <tr>
              <Th>Side</Th>
              <Th numeric>Images</Th>
              <Th numeric>Groups</Th>
              <Th numeric>Nuclei</Th>
            </tr>
          </TableHead>
          <TableBody>
            {SIDES.map((side) => {
              const counts = split.sides[side]
              return (
                <TableRow key={side}>
                  <Td>
                    <span className="inline-flex items-center gap-2">
                      <span className={`size-2.5 rounded-full ${tones[side]}`} aria-hidden />
                      {SIDE_LABELS[side]}
                      {side === 'test' && (
                        <HelpTip label="the test side">
                          No sweep, early stopping or leaderboard reads it. It is scored when a model is registered, or by “Reveal test”
                          with a reason.
                        </HelpTip>
                      )}
                    </span>
                  </Td>
                  <Td numeric>
                    {formatCount(counts?.images ?? 0)}{' '}
                    <span className="text-muted-foreground">({Math.round(((counts?.images ?? 0) / total) * 100)} %)</span>
                  </Td>
                  <Td numeric>{formatCount(counts?.groups ?? 0)}</Td>
                  <Td numeric>{formatCount(counts?.objects ?? 0)}</Td>
                </TableRow>
              )
            })}
          </TableBody>
        </Table>
        <p className="mt-2 text-xs text-muted-foreground">
          Seed {split.seed}. Whole groups go to one side: tiles of one field, near-duplicates, and groups given at import.
        </p>
      </CardContent>
    </Card>
  )
}

function StrataCard({ version }: { version: DatasetVersionView }) {
  const baseline = version.splits[0]?.baseline ?? {}
  const guessed = version.strata.some((stratum) => stratum.guessed)
  const cell = (key: string): string => formatNumber(baseline[key], 3)
  return (
    <Card>
      <CardHeader>
        <CardTitle>Strata and baseline</CardTitle>
        {guessed && <Badge variant="outline">strata guessed from the images</Badge>}
      </CardHeader>
      <CardContent>
        <Table label="Strata, with the baseline's figures on the validation side">
          <TableHead>
            <tr>
              <Th>Stratum</Th>
              <Th numeric>Images</Th>
              <Th numeric>Groups</Th>
              {['val/dice', 'val/ap50', 'val/map'].map((key) => (
                <Th key={key} numeric>
                  <span className="inline-flex items-center">
                    {metricLabel(key)}
                    <HelpTip label={metricLabel(key)}>{METRIC_HELP[key]}</HelpTip>
                  </span>
                </Th>
              ))}
            </tr>
          </TableHead>
          <TableBody>
            {version.strata.map((stratum) => (
              <TableRow key={stratum.stratum}>
                <Td>{stratum.stratum}</Td>
                <Td numeric>{formatCount(stratum.images)}</Td>
                <Td numeric>{formatCount(stratum.groups)}</Td>
                {['dice', 'ap50', 'map'].map((key) => (
                  <Td key={key} numeric>
                    {cell(`val/${key}@${stratum.stratum}`)}
                  </Td>
                ))}
              </TableRow>
            ))}
            <TableRow className="font-semibold">
              <Td>All</Td>
              <Td numeric>{formatCount(version.image_count)}</Td>
              <Td numeric>{formatCount(version.group_count)}</Td>
              {['dice', 'ap50', 'map'].map((key) => (
                <Td key={key} numeric>
                  {cell(`val/${key}`)}
                </Td>
              ))}
            </TableRow>
          </TableBody>
        </Table>
        <p className="mt-2 text-xs text-muted-foreground">
          Dice, AP50 and mAP of “Otsu + watershed”, which learns nothing, on the validation side: what a model has to beat.
        </p>
      </CardContent>
    </Card>
  )
}
