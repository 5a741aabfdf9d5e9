/**
 * Describes the permissions of a policy.
 *
 * @module
 */

import { assumesOnly, onlyRole } from '../../policy/iam.ts'
import type { PolicyDocument } from '../api/principals.ts'
import { formOf, type PolicyForm } from './policy-form.ts'

type NameOf = (roleId: string) => string

/** Returns one line for each permission. */
export function policyInWords(
  policy: PolicyDocument,
  organizationId: string,
  nameOf: NameOf,
): readonly string[] {
  const form = formOf(policy, organizationId)
  return form === undefined ? ['Custom policy (see JSON)'] : formInWords(form, nameOf)
}

export function formInWords(form: PolicyForm, nameOf: NameOf): readonly string[] {
  const lines = [...administration(form), ...roles(form, nameOf)]
  if (lines.length === 0) return ['No permissions']
  const ranges = form.ranges.filter(range => range.trim() !== '')
  return ranges.length === 0 ? lines : [...lines, `Only from ${ranges.join(', ')}`]
}

function administration({ administration: permission }: PolicyForm): readonly string[] {
  if (permission === 'NONE') return []
  return [permission === 'ALL' ? 'Administer all, and give roles to tools' : 'Read all']
}

function roles({ administration: permission, everyRole, roles: ids }: PolicyForm, nameOf: NameOf) {
  if (everyRole) return ['Act in all roles, including future roles']
  if (permission !== 'NONE' && ids.length === 0) return ['Act in no role']
  return ids.map(id => `Act in ${nameOf(id)}`)
}

/** Form of the user name with which a tool signs in by Basic authentication. NONE if it can't use Basic. */
export type BasicName = 'KEY' | 'ROLE_AND_KEY' | 'NONE'

/** Returns the user name that the gateway accepts. It needs no role if the policy names only one. */
export function basicNameOf(policy: PolicyDocument): BasicName {
  if (!assumesOnly(policy)) return 'NONE'
  return onlyRole(policy) === undefined ? 'ROLE_AND_KEY' : 'KEY'
}
