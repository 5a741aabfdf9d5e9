/**
 * Types of access control rules.
 *
 * @module
 */

import type { Input, Output } from './actions.ts'

/** A rule as it is written, without the version that it replaces. */
export type WrittenRule = Input<'WorkMailService.PutAccessControlRule'>

/** Lists of what a rule is for, and of what it is not for; one left out: everything. */
export type AccessControlLists = Omit<WrittenRule, 'Name' | 'Effect' | 'Description'>

export type VersionedRule = Output<'EwsGateway.DescribeAccessControlRule'>
export type AccessControlRule = Omit<VersionedRule, 'Version'>
