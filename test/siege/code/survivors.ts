/**
 * Mutants that no test near their file notices, and why that is acceptable.
 *
 * @module
 */

import type { Mutant } from './mutants.ts'

/** One accepted survivor. It covers every mutant with the same file, code, and mistake. */
export type Survivor = Pick<Mutant, 'file' | 'code' | 'mistake'> & Readonly<{ reason: string }>

/** Highest share of accepted survivors among all mutants that are tried. */
export const ACCEPTED_SHARE = 0.03

/** Reason of mistakes that switch off a cache whose key and value never change. */
const ONLY_WORK = 'Finds the same result again: it costs time, and changes nothing else.'

export const SURVIVORS: readonly Survivor[] = [
  {
    file: 'src/policy/reserved.ts',
    code: 'if (ofUsers === undefined) {',
    mistake: 'ofUsers === undefined → true',
    reason: ONLY_WORK,
  },
  {
    file: 'src/policy/reserved.ts',
    code: 'FOUND.set(organization, ofUsers)',
    mistake: 'FOUND.set(organization, ofUsers) → ;',
    reason: ONLY_WORK,
  },
  {
    file: 'src/policy/reserved.ts',
    code: 'if (known !== undefined) return known',
    mistake: 'return known → ;',
    reason: ONLY_WORK,
  },
  {
    file: 'src/policy/reserved.ts',
    code: 'if (known !== undefined) return known',
    mistake: 'known !== undefined → false',
    reason: ONLY_WORK,
  },
  {
    file: 'src/policy/reserved.ts',
    code: 'ofUsers.set(user, found)',
    mistake: 'ofUsers.set(user, found) → ;',
    reason: ONLY_WORK,
  },
]
