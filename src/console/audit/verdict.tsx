/**
 * What was decided.
 *
 * @module
 */

import StatusIndicator from '@cloudscape-design/components/status-indicator'

export function Verdict({ of }: { of: string | undefined }) {
  const verdict = of?.toUpperCase()
  if (verdict === 'ALLOW') return <StatusIndicator type="success">Allowed</StatusIndicator>
  if (verdict === 'DENY') return <StatusIndicator type="error">Denied</StatusIndicator>
  if (verdict === 'PENDING') return <StatusIndicator type="pending">Under way</StatusIndicator>
  return <StatusIndicator type="warning">Failed</StatusIndicator>
}
