/**
 * Which way a metric is better. One pattern in a form that both JavaScript and PostgreSQL read alike, so that a page and
 * a query never disagree: losses, errors, merges and splits are better when small, everything else when great.
 */
export const LOWER_IS_BETTER = '(^|[/_.])(loss|error|merges|splits)(@|$)'

const pattern = new RegExp(LOWER_IS_BETTER)

export const lowerIsBetter = (key: string): boolean => pattern.test(key)
