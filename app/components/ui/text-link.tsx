import Link from 'next/link'
import { type ComponentProps } from 'react'
import { cn } from '@/app/lib/cn.ts'

export function TextLink({ className, ...rest }: ComponentProps<typeof Link>) {
  return <Link className={cn('rounded-sm text-[13px] text-primary underline-offset-2 hover:underline', className)} {...rest} />
}
