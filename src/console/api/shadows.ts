/**
 * Types of drafts that are attached to roles.
 *
 * @module
 */

import type { Input, Output } from './actions.ts'

/** The draft of a role, if there is one, and the versions of both. */
export type Shadow = Output<'EwsGateway.GetRoleShadow'>
/** Content of a draft, in a request. */
export type ShadowDraft = Input<'EwsGateway.PutRoleShadow'>['Draft']
export type Compared = Output<'EwsGateway.ListShadowDifferences'>['Compared']
export type ShadowDifference = Output<'EwsGateway.ListShadowDifferences'>['Differences'][number]
export type Replay = Output<'EwsGateway.ReplayShadow'>
export type ReplayedDifference = Replay['Differences'][number]
