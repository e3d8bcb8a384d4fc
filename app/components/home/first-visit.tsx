import { FolderInput, Microscope, Sparkles } from 'lucide-react'
import Link from 'next/link'
import { type ReactNode } from 'react'
import { type TrainerView } from '@/core/contracts/views.ts'
import { Logo } from '../nav/logo.tsx'
import { Button } from '../ui/button.tsx'
import { Callout } from '../ui/callout.tsx'
import { TryItButton } from './try-it-button.tsx'

/** An empty home: what Karyon is, and three ways to begin. */
export function FirstVisit({ trainers }: { trainers: readonly TrainerView[] }) {
  return (
    <div className="mx-auto flex max-w-4xl flex-col items-center py-8 sm:py-14">
      <Logo className="size-12" />
      <h1 className="mt-4 text-center text-2xl font-semibold tracking-tight">Train, compare and serve nucleus segmentation</h1>
      <p className="mt-2 max-w-xl text-center text-muted-foreground">
        Configure a sweep, watch curves and masks grow epoch by epoch, compare runs image by image, promote the best. Everything stays on
        this machine.
      </p>
      <div className="mt-8 grid w-full gap-4 md:grid-cols-3">
        <Choice
          icon={<Sparkles aria-hidden />}
          title="Try it"
          facts="60 synthetic nuclei images, 2 runs, about 3 minutes"
          highlighted
          action={<TryItButton />}
        >
          Karyon draws its own images and trains on them at once: you land on the live sweep.
        </Choice>
        <Choice
          icon={<FolderInput aria-hidden />}
          title="Import my images"
          facts="Images with masks or label images, zip or folder"
          action={
            <Button asChild size="lg" className="w-full">
              <Link href="/datasets/import">Import my images</Link>
            </Button>
          }
        >
          Every image is checked, and tiles of one field are kept on one side of the split.
        </Choice>
        <Choice
          icon={<Microscope aria-hidden />}
          title="Bowl nuclei"
          facts="664 real images of the 2018 Data Science Bowl"
          action={
            <Button asChild size="lg" className="w-full">
              <Link href="/datasets/import?preset=bowl">Bowl nuclei</Link>
            </Button>
          }
        >
          Fluorescence, histology and brightfield with corrected masks: give the path of the zip, or see where to download it.
        </Choice>
      </div>
      {!trainers.some((trainer) => trainer.alive) && (
        <Callout tone="warning" className="mt-6 w-full" title="No trainer is running">
          Runs wait until one starts. <code className="font-mono text-xs">npm start</code> brings one up;{' '}
          <code className="font-mono text-xs">npx karyon trainer</code> starts another, here or on a machine with a GPU.
        </Callout>
      )}
    </div>
  )
}

function Choice({
  icon,
  title,
  facts,
  children,
  action,
  highlighted = false,
}: {
  icon: ReactNode
  title: string
  facts: string
  children: ReactNode
  action: ReactNode
  highlighted?: boolean
}) {
  return (
    <section
      aria-label={title}
      className={`flex flex-col rounded-xl border bg-card p-5 shadow-card ${highlighted ? 'border-primary/50 ring-1 ring-primary/25' : 'border-border'}`}
    >
      <span className="mb-3 inline-flex size-9 items-center justify-center rounded-lg bg-primary-soft text-primary [&_svg]:size-4.5">
        {icon}
      </span>
      <h2 className="text-[15px] font-semibold">{title}</h2>
      <p className="mt-0.5 text-[13px] font-medium text-primary">{facts}</p>
      <p className="mt-2 mb-5 text-[13px] text-muted-foreground">{children}</p>
      <div className="mt-auto">{action}</div>
    </section>
  )
}
