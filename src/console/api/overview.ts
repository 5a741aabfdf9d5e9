/**
 * Types of what the console shows of an organization as a whole.
 *
 * @module
 */

import type { Output } from './actions.ts'

export type Overview = Output<'EwsGateway.DescribeOverview'>
export type Gateway = Output<'EwsGateway.ListGateways'>['Gateways'][number]
export type UpstreamCheck = Output<'EwsGateway.CheckUpstream'>['Checks'][number]
