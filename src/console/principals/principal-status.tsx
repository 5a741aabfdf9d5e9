/**
 * Status of a principal.
 *
 * @module
 */

import StatusIndicator from '@cloudscape-design/components/status-indicator'
import { PRINCIPAL_STATES, type PrincipalState } from './principal-state.ts'

const INDICATORS = {
  ACTIVE: 'success',
  DISABLED: 'stopped',
  NOT_YET: 'pending',
  ENDED: 'error',
  NO_CREDENTIAL: 'warning',
} as const satisfies Record<PrincipalState, string>

export const PrincipalStatus = ({ state }: { state: PrincipalState }) => (
  <StatusIndicator type={INDICATORS[state]}>{PRINCIPAL_STATES[state]}</StatusIndicator>
)
