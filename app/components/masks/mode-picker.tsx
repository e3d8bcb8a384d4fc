'use client'

import { Segmented } from '@/app/components/ui/segmented.tsx'
import { MASK_COLOURS, MASK_MODES, type MaskMode, MODE_HELP, MODE_LABELS, probabilityGradient } from './palette.ts'

export function ModePicker({ mode, onMode, className }: { mode: MaskMode; onMode: (mode: MaskMode) => void; className?: string }) {
  return (
    <Segmented
      label="What the masks show"
      value={mode}
      onValueChange={onMode}
      className={className}
      options={MASK_MODES.map((value, i) => ({ value, label: MODE_LABELS[value], title: `${MODE_HELP[value]} (key ${i + 1})` }))}
    />
  )
}

function Swatch({ children, label }: { children: React.ReactNode; label: string }) {
  return (
    <span className="inline-flex items-center gap-1.5 whitespace-nowrap">
      <svg width="18" height="12" aria-hidden className="rounded-[2px]">
        <rect width="18" height="12" fill="#3f4449" />
        {children}
      </svg>
      {label}
    </span>
  )
}

/** What the colours and patterns of a mode mean. Its height is the same in every mode, so that nothing jumps. */
export function ModeLegend({ mode }: { mode: MaskMode }) {
  return (
    <div className="flex min-h-5 flex-wrap items-center gap-x-4 gap-y-1 text-xs text-muted-foreground">
      {mode === 'errors' && (
        <>
          <Swatch label="missed (false negative)">
            <rect width="18" height="12" fill={MASK_COLOURS.falseNegative} opacity="0.7" />
            {[3, 9, 15].map((x) =>
              [3, 9].map((y) => (
                <circle key={`${x},${y}`} cx={x} cy={y} r="1.5" fill={MASK_COLOURS.falseNegative} stroke="#fff" strokeWidth="0.7" />
              )),
            )}
          </Swatch>
          <Swatch label="not there (false positive)">
            <rect width="18" height="12" fill={MASK_COLOURS.falsePositive} opacity="0.5" />
            {[-6, 0, 6, 12].map((x) => (
              <line key={x} x1={x} y1="13" x2={x + 13} y2="-1" stroke={MASK_COLOURS.falsePositive} strokeWidth="1.8" />
            ))}
          </Swatch>
          <Swatch label="right (true positive)">
            <rect x="3" y="2" width="12" height="8" rx="4" fill="none" stroke={MASK_COLOURS.neutral} />
          </Swatch>
        </>
      )}
      {mode === 'overlay' && (
        <span className="inline-flex items-center gap-2">
          probability 0
          <span className="h-2.5 w-24 rounded-full" style={{ background: probabilityGradient }} aria-hidden />1
        </span>
      )}
      {mode === 'outline' && (
        <>
          <Swatch label="found">
            <rect x="3" y="2" width="12" height="8" rx="4" fill="none" stroke={MASK_COLOURS.predicted} strokeWidth="1.6" />
          </Swatch>
          <Swatch label="truth">
            <rect x="3" y="2" width="12" height="8" rx="4" fill="none" stroke={MASK_COLOURS.neutral} strokeDasharray="2.5 2" />
          </Swatch>
        </>
      )}
      {mode === 'raw' && 'the image alone'}
    </div>
  )
}
