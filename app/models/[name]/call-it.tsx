'use client'

import { useEffect, useState } from 'react'
import { Card, CardContent, CardHeader, CardTitle } from '@/app/components/ui/card.tsx'
import { CopyButton } from '@/app/components/ui/copy-button.tsx'
import { Segmented } from '@/app/components/ui/segmented.tsx'

type Way = 'curl' | 'cli' | 'python'

/**
 * How a script uses the model: ready to copy.
 * @param token this server wants one
 * @param origin address of the server until the page knows the one it came from
 */
export function CallIt({
  name,
  origin,
  hasChampion,
  newest,
  token,
}: {
  name: string
  origin: string
  hasChampion: boolean
  newest: string
  token: boolean
}) {
  const [way, setWay] = useState<Way>('curl')
  const [base, setBase] = useState(origin)
  useEffect(() => setBase(window.location.origin), [])
  const which = hasChampion ? 'alias=champion' : `version=${newest}`
  const url = `${base}/api/v1/models/${name}/predict?${which}`
  const header = token ? ' \\\n  -H "Authorization: Bearer $KARYON_TOKEN"' : ''
  const snippets: Record<Way, string> = {
    curl: `# count, outlines and measures\ncurl --data-binary @image.tif${header} \\\n  "${url}&format=json"\n\n# label image, 16 bit, of the image's own size\ncurl --data-binary @image.tif -o labels.png${header} \\\n  "${url}&format=labels"`,
    cli: `npx karyon predict ${name} images/*.tif -o results`,
    python: `${token ? 'import os\n' : ''}import requests\n\nwith open("image.tif", "rb") as image:\n    answer = requests.post(\n        "${url}",\n        params={"format": "json"},\n        data=image,\n${token ? '        headers={"Authorization": f"Bearer {os.environ[\'KARYON_TOKEN\']}"},\n' : ''}    )\nanswer.raise_for_status()\nprint(answer.json()["count"], "nuclei")`,
  }
  return (
    <Card>
      <CardHeader>
        <CardTitle>How to call it</CardTitle>
        <span className="flex items-center gap-1">
          <Segmented
            label="Language"
            value={way}
            onValueChange={setWay}
            options={[
              { value: 'curl', label: 'curl' },
              { value: 'cli', label: 'karyon' },
              { value: 'python', label: 'Python' },
            ]}
          />
          <CopyButton text={snippets[way]} label="Copy the example" />
        </span>
      </CardHeader>
      <CardContent>
        <pre
          className="min-h-48 overflow-x-auto rounded-md border border-border bg-muted/60 p-3 font-mono text-xs leading-relaxed"
          tabIndex={0}
          role="region"
          aria-label="Example"
        >
          {snippets[way]}
        </pre>
        <p className="mt-2 text-xs text-muted-foreground">
          Formats: <code className="font-mono">json</code>, <code className="font-mono">labels</code>,{' '}
          <code className="font-mono">mask</code>, <code className="font-mono">geojson</code> (QuPath reads it),{' '}
          <code className="font-mono">csv</code>. PNG, TIFF or JPEG, 8 or 16 bit.
        </p>
      </CardContent>
    </Card>
  )
}
