/**
 * Schemas of the values in WorkMail's API, with its names, lengths, and patterns.
 *
 * These schemas check everything, because clients check almost nothing. They don't check the number of entries in a
 * list, which depends on the configured limits.
 *
 * @see https://docs.aws.amazon.com/workmail/latest/APIReference/API_Types.html
 * @module
 */

import { z } from 'zod'
import { ACCESS_CONTROL_ACTIONS } from '../model/access-control.ts'
import { parseAddress } from '../model/address.ts'
import { isAddress } from '../model/identity.ts'
import { ROLE_TYPES, RULE_EFFECTS } from '../model/role.ts'
import { parseRange } from '../policy/address.ts'
import { mustBe } from './problems.ts'

type Bounds = Readonly<{ min: number; max: number; pattern: string }>

/** Returns the schema of a text with a minimum and maximum length in characters and a pattern for the whole text. */
function text(what: string, { min, max, pattern }: Bounds, passes?: (value: string) => boolean) {
  const whole = new RegExp(`^(?:${pattern})$`, 'u')
  const said = mustBe(min === max ? `${max} characters: ${what}` : `${min} to ${max} ${what}`)
  const isGood = (value: string) => {
    const { length } = Array.from(value)
    if (length < min || length > max || !value.isWellFormed()) return false
    return whole.test(value) || (passes?.(value) ?? false)
  }
  return z.string(said).refine(isGood, said).meta({ minLength: min, maxLength: max, pattern })
}

/** Returns the schema of a text that a function checks. */
export const textThat = (what: string, isGood: (value: string) => boolean) =>
  z.string(mustBe(what)).refine(isGood, mustBe(what)).meta({ title: what })

/** Returns the schema of one value of a closed list. */
export const oneOf = <const T extends readonly [string, ...string[]]>(list: T) =>
  z.enum(list, mustBe(`one of ${list.join(', ')}`))

/**
 * Returns the schema of a list.
 *
 * @param atLeastOne - rejects an empty list, with an error that says what omitting the list means
 */
export function list<T extends z.ZodType>(entry: T, what: string, atLeastOne = false) {
  const said = mustBe(
    atLeastOne ? `a list of ${what}, or omitted, which means everyone` : `a list of ${what}`,
  )
  const any = z.array(entry, said)
  return atLeastOne ? any.min(1, said) : any
}

/**
 * Returns the schema of a structure. Rejects unknown members, because ignoring a mistyped NotTargetUsers would allow
 * more.
 */
export function structure<T extends z.core.$ZodLooseShape>(shape: T) {
  return z.strictObject(shape, mustBeStructure)
}

const mustBeStructure = {
  error: ({ code }: Readonly<{ code?: string | undefined }>) =>
    code === 'unrecognized_keys' ? undefined : 'must be a structure of named members',
}

const ID = '[a-zA-Z0-9_-]+'
const NAME = '[^\\x00-\\x1F\\x7F<>\\\\]+'
const DESCRIPTION = '[^\\x00-\\x09\\x0B\\x0C\\x0E-\\x1F\\x7F<>\\\\]+'

const id = () => text('of the characters a-z, A-Z, 0-9, _ and -', { min: 1, max: 64, pattern: ID })
const name = () =>
  text('characters, without control characters, <, > and \\', { min: 1, max: 64, pattern: NAME })
const description = (min: 0 | 1 = 1) =>
  text(
    'characters, without <, >, \\ and control characters, except line ends',
    { min, max: 256, pattern: DESCRIPTION },
    value => value === '',
  )

export const organizationIdShape = text('m- and 32 hexadecimal digits in lower case', {
  min: 34,
  max: 34,
  pattern: 'm-[0-9a-f]{32}',
})
export const roleIdShape = id()
export const roleNameShape = name()
export const roleDescriptionShape = description()
/** An empty one removes the description. */
export const roleDescriptionOrNoneShape = description(0)
export const roleTypeShape = oneOf(ROLE_TYPES)
export const effectShape = oneOf(RULE_EFFECTS)
export const clientTokenShape = text('visible ASCII characters', {
  min: 1,
  max: 128,
  pattern: '[\\x21-\\x7e]+',
})
export const nextTokenShape = text('characters: a NextToken that this operation returned', {
  min: 1,
  max: 1_024,
  pattern: '[\\s\\S]*',
})
const pageSize = (max: number) => {
  const problem = mustBe(`a whole number from 1 to ${max}`)
  return z.int(problem).min(1, problem).max(max, problem)
}
export const maxResultsShape = pageSize(100)
/** For lists that cost the same whatever the size of a page. */
export const manyResultsShape = pageSize(5_000)

/** Schema of a user: an ID, address, principal name, or SID. Accepts addresses that WorkMail's pattern does not. */
export const entityIdentifierShape = text(
  'characters: the id, the address, the principal name or the SID of a user',
  { min: 1, max: 256, pattern: '[a-zA-Z0-9._%+@-]+' },
  isAddress,
)
/** Schema of any text that could name a user, for actions that report unknown users instead of an error. */
export const anyIdentifierShape = text('characters, without control characters', {
  min: 1,
  max: 256,
  pattern: '[^\\x00-\\x1F\\x7F]+',
})
/** Schema of a user by ID or address, for members of WorkMail's type WorkMailIdentifier, which has no pattern. */
export const workMailIdentifierShape = text('characters: the id or the address of a user', {
  min: 12,
  max: 256,
  pattern: '[^\\x00-\\x1F\\x7F]+',
})

export const addressShape = textThat('the address of a mailbox', isAddress)

const targetUsers = () => list(entityIdentifierShape, 'at least 1 user', true)

/** Schema of a group: an ID, name, or address. */
export const groupIdentifierShape = text('characters: the id, the name or the address of a group', {
  min: 1,
  max: 256,
  pattern: '[^\\x00-\\x1F\\x7F]+',
})

export const flag = () => z.boolean(mustBe('true or false'))

const TIME = 'a time in seconds since 1970'
export const timeShape = z
  .number(mustBe(TIME))
  .min(0, mustBe(TIME))
  .max(253_402_300_799, mustBe(TIME))
  .meta({ title: TIME, format: 'unix-time' })

const ruleTime = (description: string) => timeShape.exactOptional().meta({ description })

const targetGroups = () => list(groupIdentifierShape, 'at least 1 group', true)

const rule = {
  ImpersonationRuleId: id(),
  Name: name().exactOptional(),
  Description: description().exactOptional(),
  Effect: effectShape,
  TargetUsers: targetUsers().exactOptional().meta({
    description: 'The rule matches these users. Without the field, it matches everybody.',
  }),
  NotTargetUsers: targetUsers()
    .exactOptional()
    .meta({ description: 'The rule matches everybody but these users.' }),
}
const groupRuleShape = structure({
  ...rule,
  TargetGroups: targetGroups()
    .exactOptional()
    .meta({ description: 'The rule matches the members of these groups and TargetUsers.' }),
  NotTargetGroups: targetGroups()
    .exactOptional()
    .meta({ description: 'The rule matches no member of these groups.' }),
  NotBefore: ruleTime('The rule matches no user before this time.'),
  NotAfter: ruleTime('The rule matches no user from this time on.'),
  Temporary: flag()
    .exactOptional()
    .meta({ description: 'Whether NotAfter is required, within the maximum of the organization.' }),
})
export type RuleInput = z.output<typeof groupRuleShape>
/** Schema of rules as in WorkMail. */
export const rulesShape = list(structure(rule), 'rules')
/** Schema of rules with groups, which WorkMail does not have. */
export const groupRulesShape = list(groupRuleShape, 'rules')

export const accessControlNameShape = id()
export const accessControlDescriptionShape = text('characters from U+0020 to U+00FF', {
  min: 0,
  max: 255,
  pattern: '[\\u0020-\\u00FF]*',
})
export const accessControlActionShape = oneOf(ACCESS_CONTROL_ACTIONS)

const IP_RANGE = 'a range of addresses with its mask, like 10.0.0.0/8 or 2001:db8::/32'
export const ipRangeShape = z
  .string(mustBe(IP_RANGE))
  .refine(value => value.includes('/') && parseRange(value) !== undefined, mustBe(IP_RANGE))
  .meta({ title: IP_RANGE })

const IP_ADDRESS = 'an IP address, like 192.0.2.7 or 2001:db8::7'
export const ipAddressShape = z
  .string(mustBe(IP_ADDRESS))
  .refine(value => !value.includes('%') && parseAddress(value) !== undefined, mustBe(IP_ADDRESS))
  .meta({ title: IP_ADDRESS })

const prefix = () => text('characters', { min: 0, max: 256, pattern: '[\\s\\S]*' })
export const userFiltersShape = structure({
  UsernamePrefix: prefix().exactOptional(),
  DisplayNamePrefix: prefix().exactOptional(),
  PrimaryEmailPrefix: prefix().exactOptional(),
  State: oneOf(['ENABLED', 'DISABLED', 'DELETED']).exactOptional(),
})

export const groupFiltersShape = structure({
  NamePrefix: prefix().exactOptional(),
  PrimaryEmailPrefix: prefix().exactOptional(),
  State: oneOf(['ENABLED', 'DISABLED', 'DELETED']).exactOptional(),
})
export const groupsForEntityFiltersShape = structure({ GroupNamePrefix: prefix().exactOptional() })
export const groupNameShape = text('characters, without control characters', {
  min: 1,
  max: 256,
  pattern: '[^\\x00-\\x1F\\x7F]+',
})

export const principalIdShape = id()
export const principalNameShape = name().meta({
  description: 'Unique in the organization, without regard to case and outer blanks.',
})
export const accessKeyIdShape = text(
  'capital letters and digits: the AccessKeyId of an access key',
  {
    min: 16,
    max: 128,
    pattern: '[A-Z0-9]+',
  },
)
export const extendedProtectionShape = oneOf(['ALLOW', 'REQUIRE'])

export const lockMessageShape = text('characters, without control characters', {
  min: 1,
  max: 256,
  pattern: '[^\\x00-\\x1F\\x7F]+',
})
export const exceptionReasonShape = text('characters, without control characters', {
  min: 1,
  max: 256,
  pattern: '[^\\x00-\\x1F\\x7F]+',
})
export const expectedVersionShape = text('characters: the Version that was read', {
  min: 1,
  max: 64,
  pattern: '[!-~]+',
})

export const searchTextShape = text('characters', { min: 0, max: 256, pattern: '[\\s\\S]*' })

/** Schema of the period in which a role or a principal is valid. */
export const periodShape = structure({
  NotBefore: timeShape.exactOptional(),
  NotAfter: timeShape.exactOptional(),
}).meta({ description: 'Times from which and until which it is valid. Empty: always.' })

export const operationShape = text('characters: an EWS operation, like GetItem', {
  min: 1,
  max: 128,
  pattern: '[A-Za-z_][A-Za-z0-9._-]*',
})
