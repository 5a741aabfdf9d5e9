/**
 * Mutants that no test near their file notices, and why that is acceptable.
 *
 * @module
 */

import type { Mutant } from './mutants.ts'

/** One accepted survivor. It stands for every mutant with the same file, code, and mistake. */
export type Survivor = Pick<Mutant, 'file' | 'code' | 'mistake'> & Readonly<{ reason: string }>

/** Highest share of accepted survivors among all mutants that are tried. */
export const ACCEPTED_SHARE = 0.03

export const SURVIVORS: readonly Survivor[] = []
