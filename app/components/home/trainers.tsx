import { Cpu } from 'lucide-react'
import { plural } from '@/app/lib/format.ts'
import { type TrainerView } from '@/core/contracts/views.ts'
import { Badge } from '../ui/badge.tsx'
import { Card, CardContent, CardHeader, CardTitle } from '../ui/card.tsx'
import { Ago } from '../ui/time.tsx'

export function Trainers({ trainers, now }: { trainers: readonly TrainerView[]; now: number }) {
  const alive = trainers.filter((trainer) => trainer.alive)
  const gone = trainers.filter((trainer) => !trainer.alive).slice(0, 2)
  return (
    <Card>
      <CardHeader>
        <CardTitle>Trainers</CardTitle>
        <span className="num text-xs text-muted-foreground">{plural(alive.length, 'trainer')} alive</span>
      </CardHeader>
      <CardContent>
        {trainers.length === 0 && (
          <p className="text-[13px] text-muted-foreground">
            None. Runs wait until one starts: <code className="font-mono text-xs">npx karyon trainer</code>
          </p>
        )}
        <ul className="flex flex-col gap-2.5">
          {[...alive, ...gone].map((trainer) => (
            <li key={trainer.trainer_id} className="flex items-start gap-2.5 text-[13px]">
              <Cpu className="mt-0.5 size-4 shrink-0 text-muted-foreground" aria-hidden />
              <div className="min-w-0 flex-1">
                <p className="truncate font-medium" title={trainer.name}>
                  {trainer.name}
                </p>
                <p className="truncate text-xs text-muted-foreground">
                  {trainer.device}, seen <Ago at={trainer.beat_at} now={now} />
                </p>
              </div>
              <Badge variant={!trainer.alive ? 'neutral' : trainer.busy > 0 ? 'primary' : 'success'} className="num">
                {trainer.alive ? `${trainer.busy} of ${trainer.slots} busy` : 'gone'}
              </Badge>
            </li>
          ))}
        </ul>
      </CardContent>
    </Card>
  )
}
