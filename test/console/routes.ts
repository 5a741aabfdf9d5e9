/**
 * Patterns of all pages, as the console's router has them, so that no list of pages can lack a new one.
 *
 * @module
 */

import { join } from 'node:path'
import { ROOT } from '../kit/checkout.ts'

// The type checker reads the console with its own settings, so it must not follow this import.
const router = (await import(join(ROOT, 'src/console/routes.ts'))) as {
  ROUTES: readonly Readonly<{ pattern: string }>[]
}

export const PATTERNS: readonly string[] = router.ROUTES.map(({ pattern }) => pattern)

/** Returns the patterns of pages that none of some paths opens. */
export function patternsWithout(paths: readonly string[]): readonly string[] {
  const opened = new Set(paths.map(patternOf))
  return PATTERNS.filter(pattern => !opened.has(pattern))
}

/** Returns the pattern of the page that a path opens: the first one that matches. */
function patternOf(path: string): string | undefined {
  const [plain = ''] = path.split('?')
  return PATTERNS.find(pattern =>
    new RegExp(`^${pattern.replaceAll(/:\w+/g, '[^/]+')}$`).test(plain),
  )
}
