/**
 * Status of a user: enabled or disabled.
 *
 * @module
 */

import StatusIndicator from '@cloudscape-design/components/status-indicator'

export const Enabled = ({ is }: { is: boolean }) =>
  is ? (
    <StatusIndicator type="success">Enabled</StatusIndicator>
  ) : (
    <StatusIndicator type="stopped">Disabled</StatusIndicator>
  )
