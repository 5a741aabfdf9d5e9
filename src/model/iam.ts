/**
 * IAM-style policy documents, as far as this gateway knows them.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html
 * @module
 */

/** `workmail:AssumeImpersonationRole`, `ewsgateway:*`, … with IAM's `*` and `?`. */
export type ActionPattern = string

export const CONDITION_OPERATORS = [
  'StringEquals',
  'StringNotEquals',
  'StringLike',
  'StringNotLike',
  'IpAddress',
  'NotIpAddress',
  'DateLessThan',
  'DateGreaterThan',
  'Bool',
] as const

export type ConditionOperator = (typeof CONDITION_OPERATORS)[number]

export const CONDITION_KEYS = [
  'workmail:ImpersonationRoleId',
  'aws:SourceIp',
  'aws:CurrentTime',
  'aws:SecureTransport',
] as const

export type ConditionKey = (typeof CONDITION_KEYS)[number]

/** All operators and keys must hold; of one key's values any one. */
export type Condition = Readonly<
  Partial<Record<ConditionOperator, Readonly<Partial<Record<ConditionKey, readonly string[]>>>>>
>

export type Statement = Readonly<{
  Sid?: string
  Effect: 'Allow' | 'Deny'
  Action: readonly ActionPattern[]
  /** ARNs of organizations, or `*`. */
  Resource: readonly string[]
  Condition?: Condition
}>

export type PolicyDocument = Readonly<{
  Version: '2012-10-17'
  Statement: readonly Statement[]
}>

export const ASSUME_ROLE = 'workmail:AssumeImpersonationRole'

/**
 * Permission to let other principals assume roles. It is no action, so no request asks for it.
 *
 * A wildcard in an Allow never includes it, so that no policy written before it existed gains power.
 */
export const PASS_ROLE = 'ewsgateway:PassImpersonationRole'
