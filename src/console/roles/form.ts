/**
 * Values of the form that creates or edits a role.
 *
 * @module
 */

import { capitalized } from '../../control/member-names.ts'
import { DEFAULT_GUARD } from '../../model/role.ts'
import type { Draft, Guard, ProfileInput, Role, RoleType, Rule } from '../api/roles.ts'
import type { Problems } from '../parts/form.ts'
import { type Period, periodIn, periodProblem } from '../parts/period.ts'

/** Values of a role that the editor changes. */
export type RoleForm = {
  name: string
  description: string
  type: RoleType
  rules: Rule[]
  guard: Guard
  period: Period
  profile: ProfileInput
}

export const NO_PROFILE = 'none'

/** Values of a new role, with the type that permits less. */
export const EMPTY_FORM: RoleForm = {
  name: '',
  description: '',
  type: 'READ_ONLY',
  rules: [],
  guard: { ...capitalized(DEFAULT_GUARD), ExtraReads: [] },
  period: {},
  profile: { Profile: NO_PROFILE },
}

export const formOf = ({
  Name,
  Description = '',
  Type,
  Rules,
  Guard,
  Period = {},
  Profile,
}: Role): RoleForm => ({
  name: Name,
  description: Description,
  type: Type,
  rules: Rules,
  guard: Guard,
  period: Period,
  profile: profileOf(Profile),
})

/**
 * Returns a profile for a request, which contains no version of the profile. The gateway rejects a profile that only a
 * later version knows.
 */
export const profileOf = ({ Profile, Operations }: Omit<Role['Profile'], 'ProfileVersion'>) =>
  ({ Profile, ...(Operations && { Operations }) }) as ProfileInput

/** Returns the fields of a role for PutImpersonationRole. */
export const writtenOf = ({ name, description, type, rules }: RoleForm) => ({
  Name: name.trim(),
  Type: type,
  Rules: rules,
  Description: description.trim(),
})

export const draftOf = ({ type, rules, guard, period, profile }: RoleForm): Draft => ({
  Type: type,
  Rules: rules,
  Guard: guard,
  Profile: profile,
  ...(periodProblem(period) === undefined && { Period: periodIn(period) }),
})

/** Returns problems by field. The gateway validates rules, guard, and profile. */
export function problemsOf({ name, description, period }: RoleForm): Problems {
  const found = {
    name: nameProblem(name, 'role'),
    description: descriptionProblem(description),
    period: periodProblem(period),
  }
  return Object.fromEntries(
    Object.entries(found).filter((entry): entry is [string, string] => entry[1] !== undefined),
  )
}

const FORBIDDEN = /[\p{Cc}<>\\]/u
const FORBIDDEN_TEXT = 'Remove control characters and the characters <, >, and \\.'

/** Returns the problem of a name, or undefined if it is valid. */
export function nameProblem(name: string, what: string): string | undefined {
  const trimmed = name.trim()
  if (trimmed === '') return `Enter a name for the ${what}.`
  if ([...trimmed].length > 64) return 'Enter at most 64 characters.'
  if (FORBIDDEN.test(trimmed)) return FORBIDDEN_TEXT
  return undefined
}

/** Returns the problem of a description, or undefined if it is valid. */
export function descriptionProblem(text: string): string | undefined {
  if ([...text.trim()].length > 256) return 'Enter at most 256 characters.'
  if (FORBIDDEN.test(text.replaceAll(/[\r\n]/g, ''))) return FORBIDDEN_TEXT
  return undefined
}

/** Returns an ID for a rule, derived from its name, that no other rule of the role has. */
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
