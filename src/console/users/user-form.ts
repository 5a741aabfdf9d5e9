/**
 * A user as a form.
 *
 * @module
 */

import type { User, UserFields } from '../api/users.ts'
import type { Difference } from '../parts/conflict.tsx'

export type UserForm = Readonly<{
  address: string
  /** One in a line. */
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
  address: 'Address',
  displayName: 'Name',
  aliases: 'Other addresses',
  principalName: 'Signs in as',
  sid: 'SID',
} as const satisfies Record<keyof UserForm, string>

export const formOf = (user: User): UserForm => ({
  address: user.PrimarySmtpAddress,
  aliases: user.Aliases.join('\n'),
  principalName: user.PrincipalName ?? '',
  sid: user.Sid ?? '',
  displayName: user.DisplayName ?? '',
})

/** What PutUser takes; what is empty is left out, and so cleared. */
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

/** Problems of members of PutUser, by field. */
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

/** What is wrong, by field; nothing where it can be sent. */
export function problemsOf(form: UserForm): Readonly<Record<string, string>> {
  const problems: Record<string, string> = {}
  if (!isAddress(form.address.trim())) problems['address'] = 'An address, like alice@example.com'
  const wrong = linesOf(form.aliases).filter(line => !isAddress(line))
  if (wrong.length > 0) problems['aliases'] = `Not an address: ${wrong.join(', ')}`
  if (/\s/.test(form.principalName.trim())) problems['principalName'] = 'Without blanks'
  if (form.sid.trim() !== '' && !/^S-1-\d+(-\d+)+$/.test(form.sid.trim()))
    problems['sid'] = 'Of the form S-1-5-21-…'
  return problems
}

/** What of it differs between two people's versions. */
export const differencesOf = (mine: UserForm, theirs: UserForm): readonly Difference[] =>
  (Object.keys(FIELDS) as (keyof UserForm)[]).map(name => ({
    field: FIELDS[name],
    mine: linesOf(mine[name]).join(', '),
    theirs: linesOf(theirs[name]).join(', '),
  }))

const linesOf = (text: string): string[] =>
  text
    .split(/[\n,;]/)
    .map(line => line.trim())
    .filter(line => line !== '')

/** Whether the server may take it for one; it decides. */
const isAddress = (text: string): boolean => /^[^\s@]+@[^\s@]+$/.test(text)
