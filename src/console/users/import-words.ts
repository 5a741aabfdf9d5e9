/**
 * Words for the changes of an import.
 *
 * @module
 */

import type { ImportPlan } from '../api/users.ts'

/** Returns the numbers of changes. */
export const planInWords = ({ Created, Updated, Deleted, Unchanged }: ImportPlan): string =>
  `${Created.length} created, ${Updated.length} updated, ${Deleted.length} deleted, ${Unchanged} unchanged`

/** Returns the effect of the deletions: on users, and on the rules that name them. */
export function deletionInWords({ Deleted, RolesNamingDeleted: roles, ...plan }: ImportPlan) {
  const count = Deleted.length
  const of = count + plan.Updated.length + plan.Unchanged
  const users = `${count.toLocaleString()} of ${of.toLocaleString()} users ${count === 1 ? 'is' : 'are'}`
  const named =
    roles === 0
      ? 'No role has rules that name them.'
      : `${roles.toLocaleString()} ${roles === 1 ? 'role has' : 'roles have'} rules that name them. These rules still apply.`
  return `${users} deleted and can no longer be impersonated. ${named}`
}
