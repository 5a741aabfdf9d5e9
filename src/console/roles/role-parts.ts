/**
 * Parts of a role as texts, for comparisons of versions.
 *
 * @module
 */

import type { ProfileInput, Rule } from '../api/roles.ts'
import type { Texts } from '../parts/form.ts'
import { periodInWords } from '../parts/period.ts'
import { localZone } from '../parts/zone.ts'
import { extraReadText } from './extra-reads.ts'
import type { RoleForm } from './form.ts'
import { MAILBOXES, SENDERS, SWITCHES } from './guard-form.tsx'
import { EFFECTS, nameOfRule, TYPES } from './words.ts'

export const textsOf = (form: RoleForm, describe: (rule: Rule) => string): Texts => ({
  Name: form.name,
  Description: form.description,
  Type: TYPES[form.type],
  Validity: periodInWords(form.period, localZone()),
  Rules:
    form.rules
      .map(rule => `${nameOfRule(rule)}: ${EFFECTS[rule.Effect]} ${describe(rule)}`)
      .join('\n') || 'None',
  Profile: profileInWords(form.profile),
  Guard: guardInWords(form.guard),
})

const guardInWords = (guard: RoleForm['guard']): string =>
  [
    MAILBOXES.find(({ value }) => value === guard.Mailboxes)?.label,
    ...SWITCHES.filter(({ name }) => guard[name]).map(({ text }) => text),
    SENDERS.find(({ value }) => value === guard.Senders)?.label,
    ...guard.ExtraReads.map(extraReadText),
  ].join('\n')

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
