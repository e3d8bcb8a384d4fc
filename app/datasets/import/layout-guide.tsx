import { type ReactNode } from 'react'

interface Line {
  depth: number
  name: string
  note?: string
}

const LAYOUTS: { title: string; tools: string; lines: Line[]; figure: ReactNode; note?: string }[] = [
  {
    title: 'One mask file a nucleus',
    tools: 'Data Science Bowl 2018',
    figure: <Figure kind="single" />,
    lines: [
      { depth: 0, name: 'stage1_train/' },
      { depth: 1, name: 'ID/' },
      { depth: 2, name: 'images/ID.png' },
      { depth: 2, name: 'masks/*.png', note: 'one nucleus each' },
    ],
  },
  {
    title: 'Label images in two folders',
    tools: 'StarDist, QuPath',
    figure: <Figure kind="labels" />,
    lines: [
      { depth: 0, name: 'images/NAME.tif' },
      { depth: 0, name: 'masks/NAME.tif', note: 'a number a nucleus' },
    ],
  },
  {
    title: 'Label images side by side',
    tools: 'Cellpose',
    figure: <Figure kind="labels" />,
    lines: [
      { depth: 0, name: 'NAME.tif' },
      { depth: 0, name: 'NAME_masks.tif', note: 'a number a nucleus' },
    ],
  },
  {
    title: 'Black-and-white masks',
    tools: 'inputs and masks folders',
    figure: <Figure kind="binary" />,
    lines: [
      { depth: 0, name: 'train/inputs/NAME.png' },
      { depth: 0, name: 'train/masks/NAME.png', note: 'nuclei white' },
    ],
    note: 'Touching nuclei in such a mask become one: it does not say where one ends.',
  },
]

/** What an import understands, drawn. */
export function LayoutGuide() {
  return (
    <section aria-labelledby="layouts">
      <h2 id="layouts" className="text-sm font-semibold">
        What it understands
      </h2>
      <p className="mt-0.5 mb-3 text-[13px] text-muted-foreground">
        A zip or a folder, with or without an outer folder. PNG, TIFF or JPEG; 8 or 16 bit; grey, RGB or RGBA.
      </p>
      <ul className="flex flex-col gap-2.5">
        {LAYOUTS.map((layout) => (
          <li key={layout.title} className="flex gap-3.5 rounded-lg border border-border bg-card p-3 shadow-card">
            {layout.figure}
            <div className="min-w-0">
              <p className="text-[13px] font-semibold">
                {layout.title} <span className="font-normal text-muted-foreground">· {layout.tools}</span>
              </p>
              <ul className="mt-1 font-mono text-xs leading-5">
                {layout.lines.map((line) => (
                  <li key={line.name} style={{ paddingLeft: `${line.depth * 0.9}rem` }} className="break-all">
                    {line.name}
                    {line.note !== undefined && <span className="font-sans text-muted-foreground"> {line.note}</span>}
                  </li>
                ))}
              </ul>
              {layout.note !== undefined && <p className="mt-1 text-xs text-muted-foreground">{layout.note}</p>}
            </div>
          </li>
        ))}
      </ul>
      <p className="mt-3 text-xs text-muted-foreground">
        Stacks and time series are refused: export single planes. Of images with many channels choose one under Advanced.
      </p>
    </section>
  )
}

/** Two touching nuclei and one apart, as each kind of mask shows them. */
function Figure({ kind }: { kind: 'single' | 'labels' | 'binary' }) {
  const colours = kind === 'labels' ? ['#56b4e9', '#e69f00', '#cc79a7'] : ['#fff', '#fff', '#fff']
  return (
    <svg viewBox="0 0 48 48" className="size-14 shrink-0 rounded-md" aria-hidden>
      <rect width="48" height="48" fill="#14191d" />
      {kind === 'single' ? (
        <>
          <rect x="15" y="5" width="28" height="28" rx="2" fill="#14191d" stroke="#58636c" />
          <rect x="10" y="10" width="28" height="28" rx="2" fill="#14191d" stroke="#58636c" />
          <rect x="5" y="15" width="28" height="28" rx="2" fill="#14191d" stroke="#8b97a1" />
          <ellipse cx="17" cy="28" rx="7" ry="5.5" fill="#fff" transform="rotate(-20 17 28)" />
        </>
      ) : (
        <>
          <ellipse cx="17" cy="19" rx="9" ry="7" fill={colours[0]} transform="rotate(-18 17 19)" />
          <ellipse cx="31" cy="25" rx="7.5" ry="9" fill={colours[1]} />
          <ellipse cx="14" cy="37" rx="6" ry="5" fill={colours[2]} />
        </>
      )}
    </svg>
  )
}
