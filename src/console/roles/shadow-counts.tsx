/**
 * Numbers of requests by the verdict of a draft.
 *
 * @module
 */

import KeyValuePairs from '@cloudscape-design/components/key-value-pairs'
import type { Compared } from '../api/shadows.ts'
import { SHADOW_OUTCOMES } from './shadow-words.ts'

export const ShadowCounts = ({ counts }: { counts: Compared }) => (
  <KeyValuePairs
    columns={4}
    items={[
      { label: SHADOW_OUTCOMES.SAME, value: counts.Same.toLocaleString() },
      { label: SHADOW_OUTCOMES.WOULD_DENY, value: counts.WouldDeny.toLocaleString() },
      { label: SHADOW_OUTCOMES.WOULD_ALLOW, value: counts.WouldAllow.toLocaleString() },
      { label: SHADOW_OUTCOMES.UNKNOWN, value: counts.Unknown.toLocaleString() },
    ]}
  />
)
