/**
 * Describes the conditions of an access control rule.
 *
 * @module
 */

import type { AccessControlLists, WrittenRule } from '../api/access-control.ts'
import type { Texts } from '../parts/form.ts'
import { isForEverything } from './rule-form.ts'

/** Maximum number of values that a description names. It counts the others. */
const MAX_NAMED = 4

/** Functions from IDs to names. */
export type Names = Readonly<{ user: (id: string) => string; role: (id: string) => string }>

/** Returns the parts of a rule that can change, for comparisons of versions. */
export const textsOf = (rule: WrittenRule, names: Names): Texts => ({
  Effect: rule.Effect,
  Description: rule.Description,
  Conditions: conditionsInWords(rule, names).join('\n'),
})

/** Returns one line for each condition, or `Every request` if there are none. */
export function conditionsInWords(rule: AccessControlLists, { user, role }: Names): string[] {
  if (isForEverything(rule)) return ['Every request']
  const same = (text: string) => text
  return [
    line('Source addresses: ', rule.IpRanges, same),
    line('Source addresses: all except ', rule.NotIpRanges, same),
    line('Actions: ', rule.Actions, same),
    line('Actions: all except ', rule.NotActions, same),
    line('Impersonated users: ', rule.UserIds, user),
    line('Impersonated users: all except ', rule.NotUserIds, user),
    line('Roles: ', rule.ImpersonationRoleIds, role),
    line('Roles: none, or all except ', rule.NotImpersonationRoleIds, role),
  ].filter(text => text !== '')
}

/** Returns the IDs of the users that a description names. */
export const namedUserIds = ({ UserIds = [], NotUserIds = [] }: AccessControlLists): string[] => [
  ...UserIds.slice(0, MAX_NAMED),
  ...NotUserIds.slice(0, MAX_NAMED),
]

function line(begin: string, values: string[] | undefined, nameOf: (id: string) => string): string {
  if (values === undefined) return ''
  const rest = values.length - MAX_NAMED
  const more = rest > 0 ? ` and ${rest.toLocaleString('en')} more` : ''
  return `${begin}${values.slice(0, MAX_NAMED).map(nameOf).join(', ')}${more}`
}
