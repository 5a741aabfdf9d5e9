/**
 * Guards as requests give them, and as responses show them. A test that isn't about a switch names none, so that a
 * further switch doesn't change it.
 *
 * @module
 */

import { capitalized } from '../../src/control/member-names.ts'
import { DEFAULT_GUARD, STRICTEST_GUARD } from '../../src/model/role.ts'

/** Guard of a new role. */
export const NEW_GUARD = capitalized(DEFAULT_GUARD)

/** Guard that allows the least. */
export const STRICTEST = capitalized(STRICTEST_GUARD)
