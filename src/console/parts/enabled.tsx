/**
 * Whether a user or a principal counts.
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
