'use client'

import { Monitor, Moon, Sun } from 'lucide-react'
import { useTheme } from 'next-themes'
import { useSyncExternalStore } from 'react'
import { Segmented } from '../ui/segmented.tsx'

const OPTIONS = [
  { value: 'light', label: <Sun className="size-3.5" aria-label="Light" />, title: 'Light' },
  { value: 'dark', label: <Moon className="size-3.5" aria-label="Dark" />, title: 'Dark' },
  { value: 'system', label: <Monitor className="size-3.5" aria-label="As the system" />, title: 'As the system' },
] as const

const never = () => () => undefined

export function ThemeToggle() {
  const { theme, setTheme } = useTheme()
  // The server cannot know the stored choice: first paint shows none pressed.
  const mounted = useSyncExternalStore(
    never,
    () => true,
    () => false,
  )
  return (
    <Segmented
      label="Theme"
      value={mounted ? (theme ?? 'system') : ''}
      onValueChange={setTheme}
      options={OPTIONS}
      className="h-8 w-full bg-transparent"
    />
  )
}
