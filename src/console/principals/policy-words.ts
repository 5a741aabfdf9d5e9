/**
 * What a policy lets its principal do, in words.
 *
 * @module
 */

import type { PolicyDocument } from '../api/principals.ts'
import { formOf, type PolicyForm } from './policy-form.ts'

type NameOf = (roleId: string) => string

/** One line for each thing. */
export function policyInWords(
  policy: PolicyDocument,
  organizationId: string,
  nameOf: NameOf,
): readonly string[] {
  const form = formOf(policy, organizationId)
  return form === undefined ? ['What its own policy says, as JSON'] : formInWords(form, nameOf)
}

export function formInWords(form: PolicyForm, nameOf: NameOf): readonly string[] {
  const lines = [...administration(form), ...roles(form, nameOf)]
  if (lines.length === 0) return ['Nothing yet']
  const ranges = form.ranges.filter(range => range.trim() !== '')
  return ranges.length === 0 ? lines : [...lines, `Only from ${ranges.join(', ')}`]
}

function administration({ administration: what }: PolicyForm): readonly string[] {
  if (what === 'NONE') return []
  return [what === 'ALL' ? 'Administer everything, and give roles to tools' : 'Look at everything']
}

function roles({ administration: what, everyRole, roles: ids }: PolicyForm, nameOf: NameOf) {
  if (everyRole) return ['Act in every role, now and later']
  if (what !== 'NONE' && ids.length === 0) return ['Act in no role']
  return ids.map(id => `Act in ${nameOf(id)}`)
}

/** How a tool that knows only user names and passwords signs in with a key. */
export type BasicName = 'KEY' | 'ROLE_AND_KEY' | 'NOT_AT_ALL'

/** As the gateway decides it: by the one role that a policy names, and for tools alone. */
export function basicNameOf(policy: PolicyDocument, organizationId: string): BasicName {
  const form = formOf(policy, organizationId)
  if (form?.administration !== 'NONE') return 'NOT_AT_ALL'
  return form.roles.length === 1 && !form.everyRole ? 'KEY' : 'ROLE_AND_KEY'
}
