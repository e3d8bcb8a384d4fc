import { Boxes } from 'lucide-react'
import Link from 'next/link'
import { formatNumber } from '@/app/lib/format.ts'
import { type ModelView } from '@/core/contracts/views.ts'
import { Badge } from '../ui/badge.tsx'
import { Card, CardContent, CardHeader, CardTitle } from '../ui/card.tsx'
import { TextLink } from '../ui/text-link.tsx'

/** The champions: what would predict if asked now. */
export function Models({ models }: { models: readonly ModelView[] }) {
  return (
    <Card>
      <CardHeader>
        <CardTitle>Models</CardTitle>
        <TextLink href="/models">All models</TextLink>
      </CardHeader>
      <CardContent>
        {models.length === 0 && (
          <p className="text-[13px] text-muted-foreground">None yet. “Promote…” on a run makes the first, ready to predict.</p>
        )}
        <ul className="flex flex-col gap-2.5">
          {models.slice(0, 5).map((model) => {
            const champion = model.versions.find((version) => version.version === model.aliases.champion)
            const dice = champion?.metrics['val/dice']
            return (
              <li key={model.name} className="flex items-start gap-2.5 text-[13px]">
                <Boxes className="mt-0.5 size-4 shrink-0 text-muted-foreground" aria-hidden />
                <div className="min-w-0 flex-1">
                  <Link
                    href={`/models/${encodeURIComponent(model.name)}`}
                    className="block truncate rounded-sm font-medium hover:text-primary hover:underline"
                  >
                    {model.name}
                  </Link>
                  <p className="num truncate text-xs text-muted-foreground">
                    {dice === undefined
                      ? `${model.versions.length} versions, none is champion`
                      : `validation Dice ${formatNumber(dice, 3)}, ${champion?.dataset ?? ''}`}
                  </p>
                </div>
                {champion !== undefined && <Badge variant="primary">champion v{champion.version}</Badge>}
              </li>
            )
          })}
        </ul>
      </CardContent>
    </Card>
  )
}
