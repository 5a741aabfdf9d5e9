/**
 * Values of the form that creates or edits a user.
 *
 * @module
 */

import type { User, UserFields } from '../api/users.ts'
import type { Problems, Texts } from '../parts/form.ts'

export type UserForm = Readonly<{
  address: string
  /** Aliases as text, with one address per line. */
  aliases: string
  principalName: string
  sid: string
  displayName: string
}>

export const NEW_USER: UserForm = {
  address: '',
  aliases: '',
  principalName: '',
  sid: '',
  displayName: '',
}

export const FIELDS = {
  address: 'Primary address',
  displayName: 'Display name',
  aliases: 'Aliases',
  principalName: 'Sign-in name',
  sid: 'SID',
} as const satisfies Record<keyof UserForm, string>

export const formOf = (user: User): UserForm => ({
  address: user.PrimarySmtpAddress,
  aliases: user.Aliases.join('\n'),
  principalName: user.PrincipalName ?? '',
  sid: user.Sid ?? '',
  displayName: user.DisplayName ?? '',
})

/** Returns the fields for PutUser. It leaves out empty optional fields, which PutUser clears. */
export function fieldsOf(form: UserForm): UserFields {
  const some = (name: keyof UserFields, value: string) => value.trim() && { [name]: value.trim() }
  return {
    PrimarySmtpAddress: form.address.trim(),
    Aliases: linesOf(form.aliases),
    ...some('PrincipalName', form.principalName),
    ...some('Sid', form.sid),
    ...some('DisplayName', form.displayName),
  }
}

/** Converts problems by member of PutUser to problems by field of the form. */
export const byField = (problems: Readonly<Record<string, string>>) =>
  Object.fromEntries(
    Object.entries(problems).map(([member, problem]) => [FIELD_OF.get(member) ?? member, problem]),
  )

const FIELD_OF: ReadonlyMap<string, keyof UserForm> = new Map([
  ['PrimarySmtpAddress', 'address'],
  ['Aliases', 'aliases'],
  ['PrincipalName', 'principalName'],
  ['Sid', 'sid'],
])

/** Returns problems by field. Empty if the form can be sent. */
export function problemsOf(form: UserForm): Problems {
  const problems: Record<string, string> = {}
  if (!isAddress(form.address.trim()))
    problems['address'] = 'Enter an address, such as alice@example.com.'
  const wrong = linesOf(form.aliases).filter(line => !isAddress(line))
  if (wrong.length > 0) problems['aliases'] = `Correct these addresses: ${wrong.join(', ')}`
  if (/\s/.test(form.principalName.trim())) problems['principalName'] = 'Remove the spaces.'
  if (form.sid.trim() !== '' && !/^S-1-\d+(-\d+)+$/.test(form.sid.trim()))
    problems['sid'] = 'Enter a SID, such as S-1-5-21-1004336348-1177238915-682003330-512.'
  return problems
}

export const textsOf = (form: UserForm): Texts =>
  Object.fromEntries(
    (Object.keys(FIELDS) as (keyof UserForm)[]).map(name => [
      FIELDS[name],
      linesOf(form[name]).join('\n'),
    ]),
  )

const linesOf = (text: string): string[] =>
  text
    .split(/[\n,;]/)
    .map(line => line.trim())
    .filter(line => line !== '')

/** Returns whether a text looks like an address. The gateway checks it completely. */
const isAddress = (text: string): boolean => /^[^\s@]+@[^\s@]+$/.test(text)
