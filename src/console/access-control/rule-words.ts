/**
 * What an access control rule compares, in words.
 *
 * @module
 */

import type { AccessControlLists } from '../api/access-control.ts'
import { isForEverything } from './rule-form.ts'

/** So many of a list are named; the rest is counted. */
const NAMED = 4

/** What ids are called. */
export type Names = Readonly<{ user: (id: string) => string; role: (id: string) => string }>

/** One line for each condition; `Every request` where there is none. */
export function conditionsInWords(rule: AccessControlLists, { user, role }: Names): string[] {
  if (isForEverything(rule)) return ['Every request']
  const same = (text: string) => text
  return [
    line('From ', rule.IpRanges, same),
    line('From anywhere but ', rule.NotIpRanges, same),
    line('By ', rule.Actions, same),
    line('By anything but ', rule.NotActions, same),
    line('As ', rule.UserIds, user),
    line('As anybody but ', rule.NotUserIds, user),
    line('In the role ', rule.ImpersonationRoleIds, role),
    line('In no role or any but ', rule.NotImpersonationRoleIds, role),
  ].filter(text => text !== '')
}

/** The ids of users whose names are shown. */
export const namedUserIds = ({ UserIds = [], NotUserIds = [] }: AccessControlLists): string[] => [
  ...UserIds.slice(0, NAMED),
  ...NotUserIds.slice(0, NAMED),
]

function line(begin: string, values: string[] | undefined, nameOf: (id: string) => string): string {
  if (values === undefined) return ''
  const rest = values.length - NAMED
  const more = rest > 0 ? ` and ${rest.toLocaleString('en')} more` : ''
  return `${begin}${values.slice(0, NAMED).map(nameOf).join(', ')}${more}`
}
