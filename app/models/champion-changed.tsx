import { RotateCw } from 'lucide-react'
import { Button } from '@/app/components/ui/button.tsx'
import { Callout } from '@/app/components/ui/callout.tsx'

/** What is shown no longer holds; reloading keeps what was typed. */
export function ChampionChanged({ onReload, className }: { onReload: () => void; className?: string }) {
  return (
    <Callout
      tone="warning"
      title="The champion changed meanwhile"
      className={className}
      action={
        <Button size="sm" onClick={onReload}>
          <RotateCw aria-hidden />
          Reload
        </Button>
      }
    >
      Nothing was changed by you. Look at it as it is now before you decide; your reason stays.
    </Callout>
  )
}
