/**
 * Parts of a role as texts, for comparisons of versions.
 *
 * @module
 */

import type { ProfileInput, Rule } from '../api/roles.ts'
import { periodInWords } from '../parts/period.ts'
import { localZone } from '../parts/zone.ts'
import { extraReadText } from './extra-reads.ts'
import type { RoleForm } from './form.ts'
import { MAILBOXES, SENDERS, SWITCHES } from './guard-form.tsx'
import { EFFECTS, nameOfRule, TYPES } from './words.ts'

type Part = { label: string; of: (form: RoleForm, describe: (rule: Rule) => string) => string }

/** Parts of a role, as texts that can be compared. */
export const ROLE_PARTS: readonly Part[] = [
  { label: 'Name', of: ({ name }) => name },
  { label: 'Description', of: ({ description }) => description },
  { label: 'Type', of: ({ type }) => TYPES[type] },
  { label: 'Validity', of: ({ period }) => periodInWords(period, localZone()) },
  {
    label: 'Rules',
    of: ({ rules }, describe) =>
      rules
        .map(rule => `${nameOfRule(rule)}: ${EFFECTS[rule.Effect]} ${describe(rule)}`)
        .join('\n') || 'None',
  },
  { label: 'Profile', of: ({ profile }) => profileInWords(profile) },
  {
    label: 'Guard',
    of: ({ guard }) =>
      [
        MAILBOXES.find(({ value }) => value === guard.Mailboxes)?.label,
        ...SWITCHES.filter(({ name }) => guard[name]).map(({ text }) => text),
        SENDERS.find(({ value }) => value === guard.Senders)?.label,
        ...guard.ExtraReads.map(extraReadText),
      ].join('\n'),
  },
]

function profileInWords({ Profile, Operations }: ProfileInput = { Profile: 'none' }): string {
  const { Allowed, Denied } = Operations ?? {}
  return [
    Profile,
    Allowed && `Only ${Allowed.join(', ') || 'no operations'}`,
    Denied && `Not ${Denied.join(', ')}`,
  ]
    .filter(Boolean)
    .join('\n')
}
