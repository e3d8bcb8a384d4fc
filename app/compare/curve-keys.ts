/** Curves of the compare page, in the order of its charts. */
export const CURVE_KEYS = [
  'val/dice',
  'val/loss',
  'train/loss',
  'val/ap50',
  'val/map',
  'val/iou',
  'val/accuracy',
  'train/learning_rate',
] as const
export type CurveKey = (typeof CURVE_KEYS)[number]

/** Shown at once; the rest behind "More curves". */
export const FIRST_CURVES: readonly CurveKey[] = ['val/dice', 'val/loss', 'train/loss', 'val/ap50']
