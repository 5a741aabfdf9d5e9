/**
 * Schema of IAM-style policy documents. Rejects unknown members, because an ignored restriction would allow more.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
 * @module
 */

import { z } from 'zod'
import {
  ASSUME_ROLE,
  CONDITION_KEYS,
  CONDITION_OPERATORS,
  type Condition,
  type ConditionKey,
  type ConditionOperator,
  EFFECTS,
  PASS_ROLE,
  type PolicyDocument,
} from '../../model/iam.ts'
import { foldName } from '../../model/identity.ts'
import { parseRange } from '../../policy/address.ts'
import { readBool, readTime } from '../../policy/condition.ts'
import { mustBe } from '../problems.ts'
import { structure, textThat } from '../shapes.ts'

/**
 * Maximum length of a document as JSON. Limited because the gateway evaluates it for every request of the
 * principal.
 */
const MAX_LENGTH = 10_240

/** Value type and keys of each operator. */
type Kind = Readonly<{
  keys: readonly ConditionKey[]
  what: string
  isGood: (value: string) => boolean
}>

const ROLE: readonly ConditionKey[] = ['workmail:ImpersonationRoleId']
const named: Kind = {
  keys: ROLE,
  what: 'the id of a role, 1 to 64 of a-z, A-Z, 0-9, _ and -; patterns need StringLike or StringNotLike',
  isGood: value => /^[\w-]{1,64}$/.test(value),
}
const pattern: Kind = {
  keys: ROLE,
  what: 'the id of a role, where * and ? stand for characters',
  isGood: value => /^[\w*?-]{1,64}$/.test(value),
}
const range: Kind = {
  keys: ['aws:SourceIp'],
  what: 'an IP address or a range, like 192.0.2.7, 10.0.0.0/8 or 2001:db8::/32',
  isGood: value => parseRange(value) !== undefined,
}
const date: Kind = {
  keys: ['aws:CurrentTime'],
  what: 'a time, like 2026-12-31T18:00:00Z, or seconds since 1970',
  isGood: value => readTime(value) !== undefined,
}
const bool: Kind = {
  keys: ['aws:SecureTransport'],
  what: 'true or false',
  isGood: value => readBool(value) !== undefined,
}

const KINDS = {
  StringEquals: named,
  StringNotEquals: named,
  StringLike: pattern,
  StringNotLike: pattern,
  IpAddress: range,
  NotIpAddress: range,
  DateLessThan: date,
  DateGreaterThan: date,
  Bool: bool,
} as const satisfies Record<ConditionOperator, Kind>

const ACTION =
  'an action, like workmail:AssumeImpersonationRole or ewsgateway:List*, or *; the service has no wildcards'
const RESOURCE =
  'the ARN of an organization, arn:aws:workmail:region:account:organization/id, or *; its service has no wildcards'

/** Returns the schema of a value or a list of values, as in IAM. */
function some<T extends z.ZodType>(entry: T, what: string) {
  const said = mustBe(`${what}, or a list of these`)
  return z.preprocess(asList, z.array(entry, said).min(1, said))
}

const asList = (value: unknown) => (value === undefined || Array.isArray(value) ? value : [value])

const asText = (value: unknown) => (typeof value === 'boolean' ? String(value) : value)

const actions = some(
  textThat(ACTION, value => /^(\*|(workmail|ewsgateway):[A-Za-z*?]{1,128})$/i.test(value)),
  'an action',
)
const resources = some(
  textThat(RESOURCE, value =>
    /^(\*|arn:[^:\s]*:workmail:[^:\s]*:[^:\s]*:(\*|organization\/[\w*?-]{1,64}))$/.test(value),
  ),
  'the ARN of an organization, or *',
)

function valuesOf({ what, isGood }: Kind) {
  return some(z.preprocess(asText, textThat(what, isGood)), what)
}

const SOME = 'must have at least one member, or be left out'
const isSome = (value: object) => Object.keys(value).length > 0

function keysOf(kind: Kind) {
  const values = kind.keys.map(key => [key, valuesOf(kind).exactOptional()])
  return structure(Object.fromEntries(values)).refine(isSome, { error: SOME })
}

const condition = structure(
  Object.fromEntries(
    CONDITION_OPERATORS.map(operator => [operator, keysOf(KINDS[operator]).exactOptional()]),
  ),
).refine(isSome, { error: SOME })

const statement = structure({
  Sid: textThat('1 to 64 letters and digits', value =>
    /^[A-Za-z0-9]{1,64}$/.test(value),
  ).exactOptional(),
  Effect: z.enum(EFFECTS, mustBe('Allow or Deny')),
  Action: actions,
  Resource: resources,
  Condition: condition.exactOptional(),
}).refine(isOfRoles, {
  error: `must have no Action other than ${ASSUME_ROLE} and ${PASS_ROLE}, because its Condition is on ${ROLE[0]}`,
})

/** Rejects a condition on the role in statements with actions that don't refer to a role. */
function isOfRoles({
  Action,
  Condition: of = {},
}: Readonly<{ Action: string[]; Condition?: Condition }>) {
  const isOnRole = Object.values(of).some(keys => ROLE.some(key => Object.hasOwn(keys, key)))
  return !isOnRole || Action.every(action => OF_ROLES.includes(foldName(action)))
}

const OF_ROLES = [ASSUME_ROLE, PASS_ROLE].map(foldName)

/** Schema of a policy. Its output contains lists even if the document has single values. */
export const policyShape = structure({
  Version: z.literal('2012-10-17', mustBe('2012-10-17')),
  Statement: some(statement, 'a statement'),
})
  .refine(value => JSON.stringify(value).length <= MAX_LENGTH, {
    error: `must have at most ${MAX_LENGTH} characters as JSON`,
  })
  .transform(value => value as PolicyDocument)
  .meta({ title: 'a policy: see [Policies](#policies)' })

/** Schema of a policy in a response, in which every value is a list. */
export const givenPolicy = structure({
  Version: z.literal('2012-10-17'),
  Statement: z.array(
    structure({
      Sid: z.string().exactOptional(),
      Effect: z.enum(EFFECTS),
      Action: z.array(z.string()),
      Resource: z.array(z.string()),
      Condition: z
        .partialRecord(
          z.enum(CONDITION_OPERATORS),
          z.partialRecord(z.enum(CONDITION_KEYS), z.array(z.string())),
        )
        .exactOptional(),
    }),
  ),
}).meta({ title: 'a policy: see [Policies](#policies)' })
