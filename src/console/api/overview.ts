/**
 * Types of the overview of an organization.
 *
 * @module
 */

import type { Output } from './actions.ts'

export type Overview = Output<'EwsGateway.DescribeOverview'>
export type Gateway = Output<'EwsGateway.ListGateways'>['Gateways'][number]
export type UpstreamCheck = Output<'EwsGateway.CheckUpstream'>['Checks'][number]
/** Something that ends soon. */
export type End = Output<'EwsGateway.ListEnds'>['Ends'][number]
export type HealthCheck = Overview['Health'][number]
