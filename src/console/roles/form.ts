/**
 * A role while it is being written.
 *
 * @module
 */

import type { Draft, Guard, Role, RoleType, Rule } from '../api/roles.ts'

/** What the editor changes of a role. */
export type RoleForm = {
  name: string
  description: string
  type: RoleType
  rules: Rule[]
  guard: Guard
}

/** As the gateway gives it to roles that nobody gave another one. */
const STRICT: Guard = {
  Mailboxes: 'own',
  Delegation: false,
  InboxRules: false,
  DirectoryLookups: true,
  Sending: true,
  Senders: 'own',
  ExtraReads: [],
}

/** Nothing yet, and the type that harms least. */
export const EMPTY_FORM: RoleForm = {
  name: '',
  description: '',
  type: 'READ_ONLY',
  rules: [],
  guard: STRICT,
}

export const formOf = ({ Name, Description = '', Type, Rules, Guard }: Role): RoleForm => ({
  name: Name,
  description: Description,
  type: Type,
  rules: Rules,
  guard: Guard,
})

/** As PutImpersonationRole takes it. */
export const writtenOf = ({ name, description, type, rules }: RoleForm) => ({
  Name: name.trim(),
  Type: type,
  Rules: rules,
  ...(description.trim() !== '' && { Description: description.trim() }),
})

export const draftOf = ({ type, rules, guard }: RoleForm): Draft => ({
  Type: type,
  Rules: rules,
  Guard: guard,
})

export const isSame = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b)

export const isStrict = (guard: Guard): boolean => isSame(inOrder(guard), inOrder(STRICT))

/** Members in one order, whoever wrote them. */
const inOrder = (guard: Guard) => Object.entries(guard).sort(([a], [b]) => (a < b ? -1 : 1))

const FORBIDDEN = /[\p{Cc}<>\\]/u

/** What is wrong with a name, or undefined. */
export function nameProblem(name: string, what: string): string | undefined {
  const trimmed = name.trim()
  if (trimmed === '') return `Give the ${what} a name.`
  if ([...trimmed].length > 64) return 'A name has 64 characters at most.'
  if (FORBIDDEN.test(trimmed)) return 'A name has no <, > and \\ in it.'
  return undefined
}

/** What is wrong with a description, or undefined. */
export function descriptionProblem(text: string): string | undefined {
  if ([...text.trim()].length > 256) return 'A description has 256 characters at most.'
  if (FORBIDDEN.test(text.replaceAll(/[\r\n]/g, '')))
    return 'A description has no <, > and \\ in it.'
  return undefined
}

/** An id for a rule, of its name, that no other rule has. */
export function ruleIdFor(name: string, rules: readonly Rule[]): string {
  const taken = new Set(rules.map(({ ImpersonationRuleId }) => ImpersonationRuleId.toLowerCase()))
  const plain = name
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, 48)
  const base = plain === '' ? 'rule' : plain
  for (let i = 1; ; i += 1) {
    const id = i === 1 ? base : `${base}-${i}`
    if (!taken.has(id)) return id
  }
}
