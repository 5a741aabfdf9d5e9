/**
 * Types of users.
 *
 * @module
 */

import type { Input, Output } from './actions.ts'

export type User = Output<'EwsGateway.GetUser'>
export type FoundUser = Output<'EwsGateway.SearchUsers'>['Users'][number]
/** Users that identifiers name, and identifiers without a user. */
export type FoundUsers = Output<'EwsGateway.GetUsers'>
/** Fields of a user that an administrator can change in the form. */
export type UserFields = Omit<Input<'EwsGateway.PutUser'>, 'UserId' | 'Enabled' | 'ExpectedVersion'>
/** Former name of a user, which no other user can have. */
export type FormerName = Output<'EwsGateway.ListFormerNames'>['FormerNames'][number]
/** Effect of a role on a user, its matching rules, and the principals that can assume it. */
export type UserAccess = Output<'EwsGateway.ListUserAccess'>['Roles'][number]
export type ImportPlan = Output<'EwsGateway.ImportUsers'>
