/**
 * Verdict of a decision as a status.
 *
 * @module
 */

import StatusIndicator from '@cloudscape-design/components/status-indicator'

export function Verdict({ of }: { of: string | undefined }) {
  const verdict = of?.toUpperCase()
  if (verdict === 'ALLOW') return <StatusIndicator type="success">Allowed</StatusIndicator>
  if (verdict === 'DENY') return <StatusIndicator type="error">Denied</StatusIndicator>
  if (verdict === 'PENDING') return <StatusIndicator type="pending">In progress</StatusIndicator>
  return <StatusIndicator type="warning">Failed</StatusIndicator>
}
