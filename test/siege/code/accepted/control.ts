import type { Accepted } from '../accepted.ts'

export const ACCEPTED_IN_CONTROL: readonly Accepted[] = [
  [
    'src/control/role-access.ts',
    'if (timer.isDue) await setImmediate()',
    ['timer.isDue → true', 'timer.isDue → false', 'await setImmediate() → ;'],
    'Yields to other requests more or less often. The result is the same.',
  ],
]
