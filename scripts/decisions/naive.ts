/**
 * A second model of the decision, as plain as it can be: no tables, no sets, nothing shared with
 * what it is compared with.
 *
 * @module
 */

import {
  ACCESS_CONTROL,
  type AccessRule,
  OPERATIONS,
  type Person,
  ROLES,
  type Rule,
  type Target,
  USERS,
} from './world.ts'

export type Question = Readonly<{
  role: string
  accessControl: string
  target: Target
  /** The local name of the operation element. */
  operation: string
  from: string
}>

export type Answer = Readonly<{
  verdict: 'allow' | 'deny'
  reason?: string
  matchedRules: readonly string[]
}>

export function decideNaively(question: Question): Answer {
  const role = ROLES[question.role]
  if (role === undefined) throw new RangeError(`There is no role ${question.role}`)
  const user = userOf(question.target)

  if (role.lock !== undefined) {
    if (role.lock.expires === undefined) return refused('role-locked')
    if (new Date(role.lock.expires) > new Date()) return refused('role-locked')
  }

  const rules = ACCESS_CONTROL[question.accessControl] ?? []
  const hits = rules.filter(rule => hitsAccess(rule, question, user))
  const refusing = hits.filter(rule => rule.effect === 'DENY').map(rule => rule.name)
  if (refusing.length > 0) return refused('access-control-denies', refusing)
  if (hits.length === 0) return refused('access-control-denies')

  const operation = OPERATIONS[question.operation]
  if (!Object.keys(OPERATIONS).includes(question.operation) || operation === undefined)
    return refused('operation-unknown')
  const mayLookUp = role.guard === undefined || role.guard.directoryLookups
  if (operation.lookup && !mayLookUp) return refused('operation-refused')
  if (operation.is === 'never') return refused('operation-refused')
  if (role.type === 'READ_ONLY') {
    const extra = role.guard?.extraReads.includes(question.operation) ?? false
    const reads = operation.is === 'read' || (operation.is === 'extra' && extra)
    if (!reads) return refused('role-is-read-only')
  }

  if (question.target === null) {
    if (!operation.neutral) return refused('impersonation-missing')
    if (role.rules.some(rule => rule.effect === 'ALLOW')) return allowed([])
    return refused('no-rule-allows')
  }
  const denying = role.rules.filter(rule => rule.effect === 'DENY' && hitsRule(rule, user))
  const allowing = role.rules.filter(rule => rule.effect === 'ALLOW' && hitsRule(rule, user))
  const ids = (of: readonly Rule[]) => of.map(rule => rule.id)
  if (user === undefined) return refused('unknown-user', ids(denying))
  if (denying.length > 0) return refused('rule-denies', ids(denying))
  if (allowing.length === 0) return refused('no-rule-allows')
  return allowed(ids(allowing))
}

const allowed = (matchedRules: readonly string[]): Answer => ({ verdict: 'allow', matchedRules })
const refused = (reason: string, matchedRules: readonly string[] = []): Answer => ({
  verdict: 'deny',
  reason,
  matchedRules,
})

/** Who may be reached by a name; the disabled, the service account and the neutral mailbox not. */
function userOf(target: Target): Person | undefined {
  if (target === null) return undefined
  const wanted = target.value.toLowerCase()
  const user = USERS.find(({ primarySmtpAddress, aliases, principalName, sid }) => {
    if (target.kind === 'SID') return sid?.toLowerCase() === wanted
    if (target.kind === 'PrincipalName') return principalName?.toLowerCase() === wanted
    return [primarySmtpAddress, ...aliases].some(address => address.toLowerCase() === wanted)
  })
  if (user === undefined || user.enabled === false) return undefined
  return user.name === 'neutral' || user.name === 'service' ? undefined : user
}

/** Of somebody unknown only a DENY knows anything: that he is not among those whom it names. */
function hitsRule(rule: Rule, user: Person | undefined): boolean {
  if (user === undefined) return rule.effect === 'DENY' && rule.targetUsers === undefined
  if (rule.targetUsers !== undefined && !rule.targetUsers.includes(user.name)) return false
  return rule.notTargetUsers === undefined || !rule.notTargetUsers.includes(user.name)
}

function hitsAccess(rule: AccessRule, { role, from }: Question, user: Person | undefined): boolean {
  const isIn = (list: readonly string[] | undefined, value: string | undefined) =>
    list !== undefined && value !== undefined && list.includes(value)
  const isFrom = (ranges: readonly string[]) => ranges.some(range => lies(from, range))
  if (rule.ipRanges !== undefined && !isFrom(rule.ipRanges)) return false
  if (rule.notIpRanges !== undefined && isFrom(rule.notIpRanges)) return false
  if (rule.actions !== undefined && !rule.actions.includes('EWS')) return false
  if (rule.notActions?.includes('EWS')) return false
  if (rule.userIds !== undefined && !isIn(rule.userIds, user?.name)) return false
  if (isIn(rule.notUserIds, user?.name)) return false
  if (rule.impersonationRoleIds !== undefined && !isIn(rule.impersonationRoleIds, role))
    return false
  return !isIn(rule.notImpersonationRoleIds, role)
}

/** Addresses as strings of bits. */
function lies(address: string, range: string): boolean {
  const [base = '', prefix] = range.split('/')
  const [one, other] = [bitsOf(address), bitsOf(base)]
  if (one.length !== other.length) return false
  return one.slice(0, Number(prefix)) === other.slice(0, Number(prefix))
}

function bitsOf(address: string): string {
  const mapped = address.replace('::ffff:', '')
  if (mapped.includes('.'))
    return mapped
      .split('.')
      .map(octet => Number(octet).toString(2).padStart(8, '0'))
      .join('')
  const [head = '', tail = ''] = address.split('::')
  const words = (text: string) => text.split(':').filter(word => word !== '')
  const zeros = Array(8 - words(head).length - words(tail).length).fill('0')
  return [...words(head), ...(address.includes('::') ? zeros : []), ...words(tail)]
    .map(word => Number.parseInt(word, 16).toString(2).padStart(16, '0'))
    .join('')
}
