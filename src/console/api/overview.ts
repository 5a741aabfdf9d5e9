/**
 * The actions about the organization as a whole.
 *
 * @module
 */

import type { Takes } from './types.ts'

export type Overview = {
  Alias: string
  EwsUrl: string
  PolicyVersion: number | string
  Roles: number
  Users: number
  Principals: number
}

export type Gateway = {
  GatewayId: string
  Host: string
  Version: string
  DateStarted: number
  DateSeen: number
}

export type UpstreamCheck = {
  Name: string
  Result: 'ok' | 'failed' | 'skipped'
  Detail: string
  /** What to do, where it failed. */
  Advice?: string
}

export interface OverviewActions {
  'EwsGateway.DescribeOverview': Takes<object, Overview>
  'EwsGateway.ListGateways': Takes<object, { Gateways: Gateway[] }>
  'EwsGateway.CheckUpstream': Takes<{ As?: string }, { Passed: boolean; Checks: UpstreamCheck[] }>
}
