/**
 * The parts of IAM policy documents that the gateway supports.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html
 * @module
 */

/** Name of an action, such as `workmail:AssumeImpersonationRole`, with IAM's wildcards `*` and `?`. */
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

/** A condition. All operators and keys must hold. A key holds if one of its values matches. */
export type Condition = Readonly<
  Partial<Record<ConditionOperator, Readonly<Partial<Record<ConditionKey, readonly string[]>>>>>
>

export const EFFECTS = ['Allow', 'Deny'] as const

/** A statement of a policy. It matches if its action, resource, and condition match. */
export type Statement = Readonly<{
  Sid?: string
  Effect: (typeof EFFECTS)[number]
  Action: readonly ActionPattern[]
  /** ARNs of organizations, or `*`. */
  Resource: readonly string[]
  Condition?: Condition
}>

export type PolicyDocument = Readonly<{
  Version: '2012-10-17'
  Statement: readonly Statement[]
}>

/** Policy of a principal whose own policy is not understood. */
export const DENY_ALL: PolicyDocument = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Deny', Action: ['*'], Resource: ['*'] }],
}

/** Permission to act in a role. */
export const ASSUME_ROLE = 'workmail:AssumeImpersonationRole'

/**
 * Permission to let other principals assume roles. It is not an action of the API. A wildcard in an Allow never
 * includes it, so that `ewsgateway:*` gives no role away.
 */
export const PASS_ROLE = 'ewsgateway:PassImpersonationRole'
