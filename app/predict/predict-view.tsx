'use client'

import { useCallback, useEffect, useRef, useState } from 'react'
import { DropZone } from '@/app/components/ui/drop-zone.tsx'
import { Card, CardContent, CardHeader, CardTitle } from '@/app/components/ui/card.tsx'
import { Field } from '@/app/components/ui/field.tsx'
import { Select } from '@/app/components/ui/input.tsx'
import { ApiError, errorMessage } from '@/app/lib/client-api.ts'
import { formatNumber, NONE } from '@/app/lib/format.ts'
import type { ModelView } from '@/core/contracts/views.ts'
import { ChannelField } from './channel-field.tsx'
import { predictImage, previewOf, type Which } from './predict-image.ts'
import type { Chosen, Outcome } from './outcome.ts'
import { DiameterField } from './diameter-field.tsx'
import { PredictionResult } from './prediction-result.tsx'
import type { Sample } from './samples.ts'

/** "alias:champion" or "version:3", the value of the select. */
const whichOf = (value: string, diameter = ''): Which => {
  const [kind, name = ''] = value.split(':')
  return { ...(kind === 'alias' ? { alias: name } : { version: name }), ...(diameter === '' ? {} : { diameter }) }
}
/** As the API takes it. */
const isDiameter = (text: string): boolean => /^\d{1,5}(\.\d{1,3})?$/.test(text) && Number(text) > 0
const firstOf = (model: ModelView | undefined): string =>
  model === undefined ? '' : 'champion' in model.aliases ? 'alias:champion' : `version:${model.versions[0]?.version ?? '1'}`

export function PredictView({
  models,
  wanted,
  samples: samplesOf,
}: {
  models: readonly ModelView[]
  wanted: string | null
  /** Test images by split. */
  samples: Readonly<Record<string, readonly Sample[]>>
}) {
  const [name, setName] = useState(models.find((model) => model.name === wanted)?.name ?? models[0]?.name ?? '')
  const model = models.find((one) => one.name === name)
  const [which, setWhich] = useState(firstOf(model))
  const [chosen, setChosen] = useState<Chosen | null>(null)
  const [file, setFile] = useState<File | null>(null)
  const [sample, setSample] = useState<string | null>(null)
  const [outcome, setOutcome] = useState<Outcome>({ state: 'idle' })
  const [again, setAgain] = useState(0)
  const [diameter, setDiameter] = useState('')
  /** How many channels an image has that needs one to be chosen. */
  const [channels, setChannels] = useState<{ of: Blob; count: number } | null>(null)
  const version = model?.versions.find(
    (one) => one.version === ('version' in whichOf(which) ? which.split(':')[1] : model.aliases[which.split(':')[1] ?? '']),
  )
  const samples = samplesOf[version?.split_id ?? ''] ?? []

  // A model that sees every image at one size would refuse it.
  const takesDiameter = version !== undefined && version.spec.sampling === 'crop'
  const asked = takesDiameter && isDiameter(diameter) ? diameter : ''

  const picture = useRef<{ of: Chosen; bitmap: ImageBitmap } | null>(null)
  useEffect(() => {
    if (chosen === null) return
    const stop = new AbortController()
    const { signal } = stop
    const shown = (): ImageBitmap | null => (picture.current?.of === chosen ? picture.current.bitmap : null)
    const work = async (): Promise<void> => {
      setOutcome({ state: 'working', bitmap: shown() })
      const started = performance.now()
      // Both at once: the picture is usually there before its outlines.
      const drawn =
        shown() === null
          ? previewOf(chosen, signal).then((bitmap) => {
              picture.current = { of: chosen, bitmap }
              if (!signal.aborted) setOutcome((before) => (before.state === 'idle' ? before : { ...before, bitmap }))
            })
          : Promise.resolve()
      const [prediction, preview] = await Promise.allSettled([predictImage(name, whichOf(which, asked), chosen, signal), drawn])
      if (signal.aborted) return
      if (prediction.status === 'fulfilled') {
        setOutcome({ state: 'done', prediction: prediction.value, bitmap: shown(), totalMs: Math.round(performance.now() - started) })
        return
      }
      // An image that cannot be read fails both ways; its own message says more than the model server's.
      const reason: unknown = preview.status === 'rejected' ? preview.reason : prediction.reason
      const count = reason instanceof ApiError ? reason.details?.channels : undefined
      if (typeof count === 'number') setChannels({ of: chosen.image, count })
      setOutcome({
        state: 'failed',
        message: errorMessage(reason),
        unavailable: reason instanceof ApiError && reason.status === 503,
        bitmap: shown(),
      })
    }
    void work()
    return () => stop.abort()
  }, [chosen, name, which, asked, again])

  const takeFile = (taken: File | null): void => {
    setFile(taken)
    setSample(null)
    setChosen(taken === null ? null : { image: taken, name: taken.name })
    if (taken === null) setOutcome({ state: 'idle' })
  }
  const takeSample = useCallback(async (one: Sample): Promise<void> => {
    setSample(one.imageId)
    setFile(null)
    setOutcome({ state: 'working', bitmap: null })
    try {
      const response = await fetch(`/api/v1/images/${one.imageId}/content`)
      if (!response.ok) throw new Error(`${one.name} could not be read from the dataset (${response.status}).`)
      setChosen({ image: await response.blob(), name: one.name })
    } catch (thrown) {
      setOutcome({ state: 'failed', message: errorMessage(thrown), unavailable: false, bitmap: null })
    }
  }, [])

  return (
    <div className="grid items-start gap-5 lg:grid-cols-[20rem_minmax(0,1fr)]">
      <Card>
        <CardHeader>
          <CardTitle>Model and image</CardTitle>
        </CardHeader>
        <CardContent className="flex flex-col gap-4">
          <Field label="Model">
            <Select
              value={name}
              onChange={(event) => {
                setName(event.target.value)
                setWhich(firstOf(models.find((one) => one.name === event.target.value)))
              }}
            >
              {models.map((one) => (
                <option key={one.name}>{one.name}</option>
              ))}
            </Select>
          </Field>
          <Field
            label="Version"
            help={
              version === undefined
                ? undefined
                : `Trained on ${version.dataset ?? NONE}; validation Dice ${formatNumber(version.metrics['val/dice'], 3)}`
            }
          >
            <Select value={which} onChange={(event) => setWhich(event.target.value)}>
              {Object.entries(model?.aliases ?? {}).map(([alias, aliased]) => (
                <option key={alias} value={`alias:${alias}`}>
                  {alias} (version {aliased})
                </option>
              ))}
              {(model?.versions ?? []).map((one) => (
                <option key={one.version} value={`version:${one.version}`}>
                  version {one.version}
                </option>
              ))}
            </Select>
          </Field>
          <DiameterField value={diameter} onChange={setDiameter} isValid={isDiameter} spec={version?.spec} />
          <div>
            <p className="mb-1 text-[13px] font-medium">Image</p>
            <DropZone
              file={file}
              onFile={takeFile}
              accept=".png,.tif,.tiff,.jpg,.jpeg,image/*"
              label="Image to segment"
              hint="PNG, TIFF or JPEG; 8 or 16 bit"
            />
          </div>
          {chosen !== null && channels?.of === chosen.image && (
            <ChannelField count={channels.count} value={chosen.channel} onChange={(channel) => setChosen({ ...chosen, channel })} />
          )}
          {samples.length > 0 && (
            <div>
              <p className="mb-1.5 text-[13px] font-medium">
                Or a test image <span className="font-normal text-muted-foreground">this version was neither trained nor chosen on it</span>
              </p>
              <ul className="grid grid-cols-4 gap-1.5">
                {samples.map((one) => (
                  <li key={one.imageId}>
                    <button
                      type="button"
                      aria-pressed={sample === one.imageId}
                      aria-label={`Test image ${one.name} of ${one.dataset}, ${one.stratum}`}
                      title={`${one.name}, ${one.stratum}`}
                      onClick={() => void takeSample(one)}
                      className="block aspect-square w-full overflow-hidden rounded-md border-2 border-transparent bg-neutral-900 hover:opacity-85 aria-pressed:border-primary"
                    >
                      <img
                        src={`/api/v1/images/${one.imageId}/preview?size=160`}
                        alt=""
                        loading="lazy"
                        className="size-full object-cover"
                      />
                    </button>
                  </li>
                ))}
              </ul>
            </div>
          )}
        </CardContent>
      </Card>
      <PredictionResult outcome={outcome} chosen={chosen} model={name} which={whichOf(which, asked)} onAgain={() => setAgain(again + 1)} />
    </div>
  )
}
