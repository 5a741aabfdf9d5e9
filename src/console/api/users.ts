/**
 * Types of users.
 *
 * @module
 */

import type { Input, Output } from './actions.ts'

export type User = Output<'EwsGateway.GetUser'>
export type FoundUser = Output<'EwsGateway.SearchUsers'>['Users'][number]
/** What a user can be given. */
export type UserFields = Omit<Input<'EwsGateway.PutUser'>, 'UserId' | 'Enabled' | 'ExpectedVersion'>
/** A name that stays with a user who lost it. */
export type FormerName = Output<'EwsGateway.ListFormerNames'>['FormerNames'][number]
/** What a role says of a user, by which rules, and which principals may assume it. */
export type UserAccess = Output<'EwsGateway.ListUserAccess'>['Roles'][number]
export type ImportPlan = Output<'EwsGateway.ImportUsers'>
