/**
 * Types of principals and their access keys.
 *
 * @module
 */

import type { Output } from './actions.ts'

export type Principal = Output<'EwsGateway.GetPrincipal'>
export type PolicyDocument = Principal['Policy']
export type Statement = PolicyDocument['Statement'][number]
export type Condition = NonNullable<Statement['Condition']>
export type AccessKey = Output<'EwsGateway.ListAccessKeys'>['AccessKeys'][number]
export type Identity = Output<'EwsGateway.ListPrincipalIdentities'>['Identities'][number]
