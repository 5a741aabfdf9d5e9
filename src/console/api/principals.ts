/**
 * The actions on principals and their access keys.
 *
 * @module
 */

import type { More, Page, Takes } from './types.ts'

export type Condition = Record<string, Record<string, string[]>>

export type Statement = {
  Sid?: string
  Effect: 'Allow' | 'Deny'
  Action: string[]
  Resource: string[]
  Condition?: Condition
}

export type PolicyDocument = { Version: string; Statement: Statement[] }

export type Principal = {
  PrincipalId: string
  Name: string
  Enabled: boolean
  Policy: PolicyDocument
  Version: string
}

export type AccessKey = {
  AccessKeyId: string
  PrincipalId: string
  Enabled: boolean
  DateCreated: number
  DateLastUsed?: number
  ExpiresTime?: number
  Version: string
}

type OneKey = { AccessKeyId: string }
type OnePrincipal = { PrincipalId: string }
type Versioned = { Version: string }

export interface PrincipalActions {
  'EwsGateway.CreatePrincipal': Takes<
    { Name: string; Policy: PolicyDocument; Enabled?: boolean },
    OnePrincipal & Versioned
  >
  'EwsGateway.ListPrincipals': Takes<Page, { Principals: Principal[] } & More>
  'EwsGateway.UpdatePrincipal': Takes<
    OnePrincipal & {
      Name?: string
      Policy?: PolicyDocument
      Enabled?: boolean
      ExpectedVersion?: string
    },
    Versioned
  >
  'EwsGateway.DeletePrincipal': Takes<OnePrincipal, object>
  'EwsGateway.CreateAccessKey': Takes<
    OnePrincipal & { ExpiresTime?: number },
    AccessKey & { SecretAccessKey: string }
  >
  'EwsGateway.ListAccessKeys': Takes<OnePrincipal, { AccessKeys: AccessKey[] }>
  'EwsGateway.UpdateAccessKey': Takes<
    OneKey & { Enabled: boolean; ExpectedVersion?: string },
    Versioned
  >
  'EwsGateway.DeleteAccessKey': Takes<OneKey, object>
}
