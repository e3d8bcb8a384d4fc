import { createElement } from 'react'
import { renderToStaticMarkup } from 'react-dom/server'
import { describe, expect, it, vi } from 'vitest'
import { isForControl } from '../../../app/datasets/[name]/keys.ts'
import { StratumField } from '../../../app/datasets/[name]/stratum-field.tsx'

vi.mock('next/navigation', () => ({ useRouter: () => ({ refresh: vi.fn() }) }))

describe('the stratum of an image', () => {
  const draw = (guessed: boolean, synthetic = false): string =>
    renderToStaticMarkup(
      createElement(StratumField, {
        image: { image_id: 'a'.repeat(32), stratum: 'histology', stratum_guessed: guessed },
        strata: ['fluorescence', 'histology'],
        synthetic,
      }),
    )

  it('is one of the dataset’s strata, or a new one', () => {
    expect([...draw(true).matchAll(/<option[^>]*>([^<]*)/g)].map((match) => match[1])).toEqual([
      'fluorescence',
      'histology',
      'New stratum…',
    ])
    expect(draw(true)).toMatch(/<option value="histology" selected/)
  })

  it('says whether it was guessed or set by a person', () => {
    expect(draw(true)).toContain('Guessed from the image')
    expect(draw(false)).toContain('Set by a person')
    expect(draw(false, true)).toContain('Made so, or set by a person')
  })
})

it('leaves arrow keys to fields that use them', () => {
  expect(['INPUT', 'SELECT', 'TEXTAREA'].every((tagName) => isForControl({ tagName }))).toBe(true)
  expect(isForControl({ tagName: 'BUTTON' })).toBe(false)
  expect(isForControl(null)).toBe(false)
})
