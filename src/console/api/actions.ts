/**
 * Every action that the console calls, by what X-Amz-Target says.
 *
 * @module
 */

import type { AccessControlActions } from './access-control.ts'
import type { GroupActions } from './groups.ts'
import type { HistoryActions } from './history.ts'
import type { OverviewActions } from './overview.ts'
import type { PrincipalActions } from './principals.ts'
import type { RoleActions } from './roles.ts'
import type { UserActions } from './users.ts'

export interface Actions
  extends RoleActions,
    GroupActions,
    OverviewActions,
    HistoryActions,
    UserActions,
    AccessControlActions,
    PrincipalActions {}

export type Target = keyof Actions
export type Input<T extends Target> = Actions[T]['input']
export type Output<T extends Target> = Actions[T]['output']

/** What a policy must allow for an action. */
export type Permission<T extends Target = Target> = T extends `WorkMailService.${infer Name}`
  ? `workmail:${Name}`
  : T extends `EwsGateway.${infer Name}`
    ? `ewsgateway:${Name}`
    : never
