import { fromWire, type WireNumber } from '@/core/contracts/views.ts'

/** What is shown where there is no value: an en dash, read out by screen readers as nothing. */
export const NONE = '–'

/**
 * A metric or parameter value.
 * @param digits decimals when given (0.912), else as many as tell the value (0.0001, 12, 3.142)
 */
export function formatNumber(value: WireNumber | null | undefined, digits?: number): string {
  if (value === null || value === undefined) return NONE
  const number = fromWire(value)
  if (Number.isNaN(number)) return 'NaN'
  if (!Number.isFinite(number)) return number > 0 ? '∞' : '−∞'
  if (digits !== undefined) return number.toFixed(digits)
  if (Number.isInteger(number)) return Math.abs(number) < 1e6 ? String(number) : number.toLocaleString('en-US')
  const magnitude = Math.abs(number)
  if (magnitude < 1e-4 || magnitude >= 1e6)
    return number
      .toExponential(2)
      .replace(/\.?0+e/, 'e')
      .replace('e-', 'e−')
  return String(Number(number.toPrecision(4)))
}

export const formatCount = (value: number): string => value.toLocaleString('en-US')

/** "1 run", "2 runs". */
export const plural = (count: number, one: string, many = `${one}s`): string => `${formatCount(count)} ${count === 1 ? one : many}`

export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`
  const units = ['kB', 'MB', 'GB', 'TB']
  let value = bytes / 1000
  let unit = 0
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000
    unit++
  }
  return `${value >= 100 ? value.toFixed(0) : value.toFixed(1)} ${units[unit]}`
}

/** Seconds as "45 s", "3 min 20 s", "2 h 5 min": never more than two units. */
export function formatDuration(seconds: number | null | undefined): string {
  if (seconds === null || seconds === undefined || !Number.isFinite(seconds)) return NONE
  const whole = Math.max(0, Math.round(seconds))
  if (whole < 60) return `${whole} s`
  const minutes = Math.floor(whole / 60)
  if (minutes < 60) return whole % 60 === 0 || minutes >= 10 ? `${minutes} min` : `${minutes} min ${whole % 60} s`
  const hours = Math.floor(minutes / 60)
  if (hours < 48) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`
  return `${Math.floor(hours / 24)} d ${hours % 24} h`
}

/** Minutes of an estimate, rounded as coarsely as it is known. */
export function formatMinutes(minutes: number): string {
  if (minutes < 1) return 'under a minute'
  if (minutes < 60) return `about ${Math.round(minutes)} min`
  return `about ${(minutes / 60).toFixed(minutes < 600 ? 1 : 0)} h`
}

/** A moment against now: "just now", "4 min ago", "yesterday", "12 Mar". Give `now` so that server and browser agree. */
export function formatAgo(at: number, now: number): string {
  const seconds = Math.round((now - at) / 1000)
  if (seconds < 10) return 'just now'
  if (seconds < 60) return `${seconds} s ago`
  const minutes = Math.round(seconds / 60)
  if (minutes < 60) return `${minutes} min ago`
  const hours = Math.round(minutes / 60)
  if (hours < 24) return `${hours} h ago`
  const days = Math.round(hours / 24)
  if (days < 14) return days === 1 ? 'yesterday' : `${days} days ago`
  return new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric', timeZone: 'UTC' }).format(at)
}

/** A parameter's value as it is written in a table. */
export function formatParam(value: number | string | boolean | undefined): string {
  if (value === undefined) return NONE
  if (typeof value === 'number') return formatNumber(value)
  return value === '' ? 'default' : String(value)
}

const METRIC_LABELS: Record<string, string> = {
  'val/dice': 'Dice',
  'val/iou': 'IoU',
  'val/accuracy': 'Accuracy',
  'val/loss': 'Validation loss',
  'val/ap50': 'AP50',
  'val/map': 'mAP',
  'val/f1_50': 'F1 at 0.5',
  'val/count_error': 'Count error',
  'val/merges': 'Merges',
  'val/splits': 'Splits',
  'train/loss': 'Training loss',
  'train/accuracy': 'Training accuracy',
  'train/learning_rate': 'Learning rate',
  'train/batch_loss': 'Batch loss',
}

/** "val/dice@histology" -> "Dice, histology"; an unknown key is its own label. */
export function metricLabel(key: string): string {
  const [name = key, stratum] = key.split('@')
  const label = METRIC_LABELS[name] ?? name
  return stratum === undefined ? label : `${label}, ${stratum}`
}

export const METRIC_HELP: Record<string, string> = {
  'val/dice': 'Overlap of predicted and true nuclei, 2·|P∩T| / (|P|+|T|), per image at its own size, then averaged.',
  'val/iou': 'Overlap of predicted and true nuclei, |P∩T| / |P∪T|, per image at its own size, then averaged.',
  'val/accuracy': 'Share of pixels that are right. Nuclei cover a small part of most images, so it flatters.',
  'val/ap50': 'Nuclei found: TP / (TP + FP + FN) at IoU above 0.5, per image, then averaged.',
  'val/map': 'TP / (TP + FP + FN) averaged over IoU thresholds 0.50 to 0.95: the Data Science Bowl’s measure, not COCO’s.',
  'val/f1_50': 'F1 of nuclei found at IoU above 0.5.',
  'val/loss': 'The loss on the validation side, in network geometry. Not comparable between different losses, targets or image sizes.',
}
