/**
 * The naive model's caller: the role that a user name means, and whether the policy permits it.
 *
 * @module
 */

import { lies } from './naive-address.ts'
import { isNow } from './naive-period.ts'
import type { Principal, Question, Role, Statement, World } from './terms.ts'

const ASSUME = 'workmail:AssumeImpersonationRole'
const ROLE_KEY = 'workmail:ImpersonationRoleId'

/** The role that the caller assumes, or the reason why they can't. */
export function roleFor(
  world: World,
  question: Question,
  now: number,
): Role | 'role-ambiguous' | 'role-unknown' | 'role-not-permitted' | 'principal-expired' {
  const caller = world.principals.find(({ id }) => id === question.caller)
  if (caller === undefined) throw new RangeError(`There is no principal ${question.caller}`)
  const reference = question.role ?? onlyRole(caller)
  if (reference === undefined) return 'role-ambiguous'
  const role =
    world.roles.find(({ id }) => id === reference) ??
    world.roles.find(({ name }) => folded(name) === folded(reference))
  if (role === undefined) return 'role-unknown'
  if (!isNow(caller, now)) return 'principal-expired'
  return mayAssume(world, caller, role, question, now) ? role : 'role-not-permitted'
}

const folded = (name: string): string => name.normalize('NFC').toLowerCase()

/** The one role that the Allow statements name by ID. A statement that names none leaves it open. */
function onlyRole({ statements }: Principal): string | undefined {
  const named: string[] = []
  for (const { Effect, Action, Condition = {} } of statements) {
    if (Effect !== 'Allow' || !Action.some(pattern => isLike(ASSUME, pattern, true))) continue
    const ids = Condition['StringEquals']?.[ROLE_KEY] ?? []
    const hasPattern = Condition['StringLike']?.[ROLE_KEY] !== undefined
    if (ids.length === 0 || hasPattern) return undefined
    named.push(...ids)
  }
  const [only] = named
  return named.every(id => id === only) ? only : undefined
}

function mayAssume(
  world: World,
  { statements }: Principal,
  role: Role,
  question: Question,
  now: number,
): boolean {
  const hits = statements.filter(statement => applies(statement, world, role, question, now))
  if (hits.some(({ Effect }) => Effect === 'Deny')) return false
  return hits.some(({ Effect }) => Effect === 'Allow')
}

function applies(
  { Action, Resource, Condition = {} }: Statement,
  { organizationId }: World,
  role: Role,
  question: Question,
  now: number,
): boolean {
  if (!Action.some(pattern => isLike(ASSUME, pattern, true))) return false
  if (!Resource.some(pattern => isOrganization(pattern, organizationId))) return false
  for (const [operator, keys] of Object.entries(Condition))
    for (const [key, values] of Object.entries(keys))
      if (!holds(operator, key, values, role, question, now)) return false
  return true
}

/** Only the organization of a resource `arn:…:organization/ID` counts. */
function isOrganization(resource: string, organizationId: string): boolean {
  if (resource === '*') return true
  const [, , service = '', , , organization = ''] = resource.split(':')
  return isLike('workmail', service) && isLike(`organization/${organizationId}`, organization)
}

function holds(
  operator: string,
  key: string,
  values: readonly string[],
  role: Role,
  { from, secure }: Question,
  now: number,
): boolean {
  if (key === ROLE_KEY) {
    if (operator === 'StringEquals') return values.includes(role.id)
    if (operator === 'StringNotEquals') return !values.includes(role.id)
    if (operator === 'StringLike') return values.some(value => isLike(role.id, value))
    if (operator === 'StringNotLike') return !values.some(value => isLike(role.id, value))
  }
  if (key === 'aws:SourceIp') {
    if (operator === 'IpAddress') return values.some(range => lies(from, range))
    if (operator === 'NotIpAddress') return !values.some(range => lies(from, range))
  }
  if (key === 'aws:CurrentTime') {
    if (operator === 'DateLessThan') return values.some(value => now < Date.parse(value))
    if (operator === 'DateGreaterThan') return values.some(value => now > Date.parse(value))
  }
  if (key === 'aws:SecureTransport' && operator === 'Bool') return values.includes(String(secure))
  throw new RangeError(`The model has no ${operator} of ${key}`)
}

/** Whether text matches a pattern with `*` and `?`, tried character by character. */
function isLike(text: string, pattern: string, foldsCase = false): boolean {
  if (foldsCase) return isLike(text.toLowerCase(), pattern.toLowerCase())
  if (pattern === '') return text === ''
  if (pattern[0] === '*')
    return isLike(text, pattern.slice(1)) || (text !== '' && isLike(text.slice(1), pattern))
  return text !== '' && (pattern[0] === '?' || pattern[0] === text[0])
    ? isLike(text.slice(1), pattern.slice(1))
    : false
}
