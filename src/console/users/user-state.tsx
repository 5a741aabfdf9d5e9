/**
 * Whether a user can be impersonated at all.
 *
 * @module
 */

import StatusIndicator from '@cloudscape-design/components/status-indicator'

export const UserState = ({ isEnabled }: { isEnabled: boolean }) =>
  isEnabled ? (
    <StatusIndicator type="success">Enabled</StatusIndicator>
  ) : (
    <StatusIndicator type="stopped">Disabled</StatusIndicator>
  )
