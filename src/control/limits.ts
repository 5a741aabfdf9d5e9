/**
 * How many of everything there may be: the gateway's own numbers, and WorkMail's.
 *
 * @module
 */

import type { ControlLimits } from './action.ts'

/** By the configuration's `limits.policy`. */
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
