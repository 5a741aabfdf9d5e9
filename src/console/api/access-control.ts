/**
 * Types of access control rules.
 *
 * @module
 */

import type { Input, Output } from './actions.ts'

/** Rule in a request, without the version that it replaces. */
export type WrittenRule = Input<'WorkMailService.PutAccessControlRule'>

/** Lists of values that a rule matches, and of values that it excludes. Without a list, it matches all values. */
export type AccessControlLists = Omit<WrittenRule, 'Name' | 'Effect' | 'Description'>

export type VersionedRule = Output<'EwsGateway.DescribeAccessControlRule'>
export type AccessControlRule = Omit<VersionedRule, 'Version'>
