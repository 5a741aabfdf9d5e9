/**
 * States of principals that can assume a role.
 *
 * @module
 */

import type { UserAccess } from '../api/users.ts'

type PrincipalState = UserAccess['Principals'][number]['State']

export const PRINCIPAL_STATES: Readonly<Record<PrincipalState, string>> = {
  ACTIVE: 'Active',
  NOT_YET: 'Not valid yet',
  ENDED: 'Ended',
  NO_CREDENTIAL: 'No valid credential',
}
