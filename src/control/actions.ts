/**
 * Table of all actions of the control API, with one line for each file of actions.
 *
 * @module
 */

import { ACCESS_CONTROL_RULE_ACTIONS } from './access-control.ts'
import { ACCESS_CONTROL_VERSION_ACTIONS } from './access-control-versions.ts'
import type { Action } from './action.ts'
import { ASSUME_ACTIONS } from './assume.ts'
import { CHANGE_ACTIONS } from './changes.ts'
import { CHECK_ACTIONS } from './check-upstream.ts'
import { DECISION_ACTIONS } from './decisions.ts'
import { DIRECTORY_ACTIONS } from './directory.ts'
import { EFFECT_ACTIONS } from './effect.ts'
import { END_ACTIONS } from './ends.ts'
import { EXPLAIN_ACTIONS } from './explain.ts'
import { NAME_ACTIONS } from './former-names.ts'
import { GATEWAY_ACTIONS } from './gateways.ts'
import { GROUP_READ_ACTIONS } from './groups-read.ts'
import { GROUP_USE_ACTIONS } from './groups-use.ts'
import { GROUP_WRITE_ACTIONS } from './groups-write.ts'
import { IDENTITY_ACTIONS } from './identities.ts'
import { ACCESS_KEY_ACTIONS } from './keys.ts'
import { LOCK_ACTIONS } from './locks.ts'
import { ORGANIZATION_ACTIONS } from './organizations.ts'
import { OVERVIEW_ACTIONS } from './overview.ts'
import { PREVIEW_ACTIONS } from './preview.ts'
import { PRINCIPAL_ACTIONS } from './principals.ts'
import { PROFILE_ACTIONS } from './profiles.ts'
import { PROTECTION_ACTIONS } from './protection.ts'
import { REACH_ACTIONS } from './reach.ts'
import { ROLE_ACCESS_ACTIONS } from './role-access.ts'
import { ROLE_STATE_ACTIONS } from './role-state.ts'
import { ROLE_ACTIONS } from './roles.ts'
import { SHADOW_DIFFERENCE_ACTIONS } from './shadow-differences.ts'
import { SHADOW_REPLAY_ACTIONS } from './shadow-replay.ts'
import { SHADOW_ACTIONS } from './shadows.ts'
import { TOKEN_REVOCATION_ACTIONS } from './token-revocation.ts'
import { TOOL_ACTIONS } from './tools.ts'
import { USER_READ_ACTIONS } from './users-read.ts'
import { USER_SEARCH_ACTIONS } from './users-search.ts'
import { USER_WRITE_ACTIONS } from './users-write.ts'

const ALL: readonly Action[] = [
  ...ROLE_ACTIONS,
  ...EFFECT_ACTIONS,
  ...ASSUME_ACTIONS,
  ...ACCESS_CONTROL_RULE_ACTIONS,
  ...ORGANIZATION_ACTIONS,
  ...USER_READ_ACTIONS,
  ...GROUP_READ_ACTIONS,
  ...USER_SEARCH_ACTIONS,
  ...ACCESS_CONTROL_VERSION_ACTIONS,
  ...PRINCIPAL_ACTIONS,
  ...ACCESS_KEY_ACTIONS,
  ...IDENTITY_ACTIONS,
  ...ROLE_STATE_ACTIONS,
  ...END_ACTIONS,
  ...PROFILE_ACTIONS,
  ...SHADOW_ACTIONS,
  ...SHADOW_DIFFERENCE_ACTIONS,
  ...SHADOW_REPLAY_ACTIONS,
  ...LOCK_ACTIONS,
  ...PROTECTION_ACTIONS,
  ...TOKEN_REVOCATION_ACTIONS,
  ...EXPLAIN_ACTIONS,
  ...PREVIEW_ACTIONS,
  ...USER_WRITE_ACTIONS,
  ...NAME_ACTIONS,
  ...GROUP_WRITE_ACTIONS,
  ...GROUP_USE_ACTIONS,
  ...DIRECTORY_ACTIONS,
  ...GATEWAY_ACTIONS,
  ...OVERVIEW_ACTIONS,
  ...ROLE_ACCESS_ACTIONS,
  ...REACH_ACTIONS,
  ...TOOL_ACTIONS,
  ...CHECK_ACTIONS,
  ...DECISION_ACTIONS,
  ...CHANGE_ACTIONS,
]

/** Actions by the value of X-Amz-Target. */
export const ACTIONS: ReadonlyMap<string, Action> = new Map(
  ALL.map(action => [`${action.service}.${action.name}`, action]),
)
