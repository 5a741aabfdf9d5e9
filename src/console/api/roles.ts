/**
 * Types of impersonation roles.
 *
 * @module
 */

import type { Input, Output } from './actions.ts'

export type Role = Output<'EwsGateway.DescribeImpersonationRole'>
export type RoleType = Role['Type']
export type RoleSummary = Output<'EwsGateway.ListRoleSummaries'>['Roles'][number]
export type Rule = Role['Rules'][number]
export type Effect = Rule['Effect']
export type Guard = NonNullable<Draft['Guard']>
/** Role that is not saved yet. */
export type Draft = Input<'EwsGateway.PreviewImpersonationRole'>['Draft']
export type Preview = Output<'EwsGateway.PreviewImpersonationRole'>
export type AccessChange = Preview['Gained'][number]
/** User that a role reaches, or does not reach. */
export type ReachedUser = Output<'EwsGateway.ListRoleReach'>['Users'][number]
/** The profiles that a role can have, and the names of all operations. */
export type Profiles = Output<'EwsGateway.ListRoleProfiles'>
/** Profile that a role can have, with its description. */
export type Profile = Profiles['Profiles'][number]
/** Profile of a role and its own limits by operation, as a request has them. */
export type ProfileInput = NonNullable<Draft['Profile']>
export type Explanation = Output<'EwsGateway.ExplainDecision'>
export type CheckName = Explanation['Checks'][number]['Name']
/** Credentials of a new tool, shown once. */
export type ToolCredentials = Output<'EwsGateway.GiveRoleToTool'>
