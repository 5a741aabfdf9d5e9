/**
 * Whom a rule matches, in words.
 *
 * @module
 */

import type { Rule } from '../api/roles.ts'
import { useGroupNames, useUserNames } from '../parts/names.ts'

/** So many of a list are named; the rest is counted. */
const NAMED = 5

type NameOf = (id: string) => string

/** Reads the names that are shown of some rules. @returns what a rule is in words */
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
  return rule => whomInWords(rule, userOf, groupOf)
}

function whomInWords(rule: Rule, userOf: NameOf, groupOf: NameOf): string {
  const only = named(rule.TargetUsers, rule.TargetGroups, userOf, groupOf)
  const not = named(rule.NotTargetUsers, rule.NotTargetGroups, userOf, groupOf)
  if (only !== '' && not !== '') return `${only}, but not ${not}`
  if (only !== '') return only
  return not === '' ? 'Everybody, now and later' : `Everybody but ${not}`
}

function named(
  users: readonly string[] = [],
  groups: readonly string[] = [],
  userOf: NameOf,
  groupOf: NameOf,
): string {
  const names = [
    ...first(users).map(userOf),
    ...first(groups).map(id => `everybody in ${groupOf(id)}`),
  ]
  const rest = users.length + groups.length - names.length
  return rest > 0 ? `${names.join(', ')} and ${rest.toLocaleString()} more` : names.join(', ')
}

const first = (ids: readonly string[] = []) => ids.slice(0, NAMED)
