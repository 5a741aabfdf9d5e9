/**
 * Maximum numbers of objects in an organization: the gateway's own, and WorkMail's.
 *
 * @module
 */

import type { ControlLimits } from './action.ts'

/** Limits by the value of `limits.policy` in the configuration. */
export const CONTROL_LIMITS = {
  default: {
    roles: 1_000,
    rulesPerRole: 100,
    targetsPerList: 10_000,
    targetsPerRole: 100_000,
    accessControlRules: 1_000,
    ipRanges: 1_024,
    accessControlTargets: 10_000,
  },
  workmail: {
    roles: 20,
    rulesPerRole: 10,
    targetsPerList: 10,
    targetsPerRole: 200,
    accessControlRules: 10,
    ipRanges: 1_024,
    accessControlTargets: 10,
  },
} as const satisfies Record<string, ControlLimits>
