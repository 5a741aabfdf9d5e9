/**
 * Describes which users a rule matches, and when.
 *
 * @module
 */

import type { Rule } from '../api/roles.ts'
import { useGroupNames, useUserNames } from '../parts/names.ts'
import { periodIn, periodInWords } from '../parts/period.ts'
import { localZone } from '../parts/zone.ts'

/** Maximum number of users or groups that a description names. It counts the others. */
const MAX_NAMED = 5

type NameOf = (id: string) => string

/** Reads the names of the users and groups that rule descriptions show. @returns a function that describes a rule */
export function useRuleDescription(rules: readonly Rule[]): (rule: Rule) => string {
  const userOf = useUserNames(
    rules.flatMap(({ TargetUsers, NotTargetUsers }) => [
      ...first(TargetUsers),
      ...first(NotTargetUsers),
    ]),
  )
  const groupOf = useGroupNames(
    rules.flatMap(({ TargetGroups, NotTargetGroups }) => [
      ...first(TargetGroups),
      ...first(NotTargetGroups),
    ]),
  )
  return rule => describe(rule, userOf, groupOf)
}

function describe(rule: Rule, userOf: NameOf, groupOf: NameOf): string {
  const users = describeUsers(rule, userOf, groupOf)
  const { NotBefore, NotAfter } = rule
  if (NotBefore === undefined && NotAfter === undefined) return users
  return `${users}, ${periodInWords(periodIn(rule), localZone())}`
}

function describeUsers(rule: Rule, userOf: NameOf, groupOf: NameOf): string {
  const only = named(rule.TargetUsers, rule.TargetGroups, userOf, groupOf)
  const not = named(rule.NotTargetUsers, rule.NotTargetGroups, userOf, groupOf)
  if (only !== '' && not !== '') return `${only}, except ${not}`
  if (only !== '') return only
  return not === '' ? 'All users, including future users' : `All users except ${not}`
}

function named(
  users: readonly string[] = [],
  groups: readonly string[] = [],
  userOf: NameOf,
  groupOf: NameOf,
): string {
  const names = [
    ...first(users).map(userOf),
    ...first(groups).map(id => `members of ${groupOf(id)}`),
  ]
  const rest = users.length + groups.length - names.length
  return rest > 0 ? `${names.join(', ')} and ${rest.toLocaleString()} more` : names.join(', ')
}

const first = (ids: readonly string[] = []) => ids.slice(0, MAX_NAMED)
