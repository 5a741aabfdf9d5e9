/**
 * States of principals, by the gateway's clock.
 *
 * @module
 */

import type { Principal } from '../api/principals.ts'

export type PrincipalState = Principal['State']

export const PRINCIPAL_STATES: Readonly<Record<PrincipalState, string>> = {
  DISABLED: 'Disabled',
  ACTIVE: 'Active',
  NOT_YET: 'Not valid yet',
  ENDED: 'Ended',
  NO_CREDENTIAL: 'No valid credential',
}
