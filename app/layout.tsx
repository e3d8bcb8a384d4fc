import { type Metadata, type Viewport } from 'next'
import localFont from 'next/font/local'
import { type ReactNode } from 'react'
import { AppShell } from './components/nav/app-shell.tsx'
import { Providers } from './components/nav/providers.tsx'
import './globals.css'

// Bundled files: nothing is fetched from elsewhere, and the fallback's metrics are fitted so that no line moves.
const inter = localFont({
  src: '../node_modules/@fontsource-variable/inter/files/inter-latin-wght-normal.woff2',
  weight: '100 900',
  variable: '--font-inter',
  display: 'swap',
})
const jetbrains = localFont({
  src: '../node_modules/@fontsource-variable/jetbrains-mono/files/jetbrains-mono-latin-wght-normal.woff2',
  weight: '100 800',
  variable: '--font-jetbrains',
  display: 'swap',
  preload: false,
})

export const metadata: Metadata = {
  title: { default: 'Karyon', template: '%s · Karyon' },
  description: 'Experiment tracking for people who train segmentation models',
}

export const viewport: Viewport = {
  themeColor: [
    { media: '(prefers-color-scheme: light)', color: '#f8fafb' },
    { media: '(prefers-color-scheme: dark)', color: '#0d1418' },
  ],
}

// Every page shows what the database holds now; nothing may be rendered while building, when there is no database.
export const dynamic = 'force-dynamic'

export default function RootLayout({ children }: { children: ReactNode }) {
  return (
    <html lang="en" suppressHydrationWarning className={`${inter.variable} ${jetbrains.variable}`}>
      <body>
        <Providers>
          <AppShell>{children}</AppShell>
        </Providers>
      </body>
    </html>
  )
}
