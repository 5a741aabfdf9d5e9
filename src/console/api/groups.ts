/**
 * Types of groups.
 *
 * @module
 */

import type { Output } from './actions.ts'

export type FoundGroup = Output<'EwsGateway.SearchGroups'>['Groups'][number]
/** A group, where it is used, and its version. */
export type GroupUse = Output<'EwsGateway.DescribeGroupUse'>
/** A rule of a role that names a group, or a group that contains it. */
export type GroupRule = GroupUse['Rules'][number]
export type GroupUser = Output<'EwsGateway.SearchGroupUsers'>['Users'][number]
