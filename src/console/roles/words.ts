/**
 * What the API's words are called on the page.
 *
 * @module
 */

import type { RoleType } from '../api/types.ts'

export const TYPES: Readonly<Record<RoleType, string>> = {
  FULL_ACCESS: 'Full access',
  READ_ONLY: 'Read only',
}
