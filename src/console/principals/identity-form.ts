/**
 * Form of an external identity: its fields, and the problems that the API finds in them.
 *
 * @module
 */

import { CallFailure } from '../api/failure.ts'
import type { Identity } from '../api/principals.ts'

export const CLAIMS = ['appid', 'oid', 'sub'] as const

export type IdentityForm = Readonly<{
  kind: 'ACCOUNT' | 'TOKEN'
  sid: string
  /** One name for each line. */
  names: string
  issuer: string
  claim: (typeof CLAIMS)[number]
  subject: string
}>

/** Fields that can have a problem. */
type Field = 'sid' | 'names' | 'issuer' | 'subject'
export type IdentityProblems = Readonly<Partial<Record<Field, string>>>

export const NEW_IDENTITY: IdentityForm = {
  kind: 'ACCOUNT',
  sid: '',
  names: '',
  issuer: '',
  claim: 'appid',
  subject: '',
}

/** Returns the identity of a form, without the space around its values. */
export function identityOf({ kind, sid, names, issuer, claim, subject }: IdentityForm): Identity {
  if (kind === 'TOKEN')
    return { TokenSubject: { Issuer: issuer.trim(), Claim: claim, Subject: subject.trim() } }
  return { DirectoryAccount: { Sid: sid.trim(), Names: linesOf(names) } }
}

/** Returns the fields of a form that are empty. */
export function missingIn({ kind, sid, names, issuer, subject }: IdentityForm): IdentityProblems {
  const isEmpty = (text: string) => text.trim() === ''
  if (kind === 'TOKEN')
    return {
      ...(isEmpty(issuer) && { issuer: 'Enter the issuer' }),
      ...(isEmpty(subject) && { subject: 'Enter the value of the claim' }),
    }
  return {
    ...(isEmpty(sid) && { sid: 'Enter the objectSid of the account' }),
    ...(isEmpty(names) && { names: 'Enter at least one name' }),
  }
}

/** Fields by their members in the API. */
const FIELDS: readonly (readonly [member: string, field: Field])[] = [
  ['DirectoryAccount.Sid', 'sid'],
  ['DirectoryAccount.Names', 'names'],
  ['TokenSubject.Issuer', 'issuer'],
  ['TokenSubject.Subject', 'subject'],
]

/** Returns the problems that the API found in the fields of the identity at an index. */
export function problemsIn(error: unknown, index: number): IdentityProblems {
  const problems: Partial<Record<Field, string>> = {}
  for (const part of partsOf(error))
    for (const [member, field] of FIELDS) {
      const start = `Identities[${index}].${member}`
      const at = part.indexOf(' must be ')
      if (part.startsWith(start) && at > 0) problems[field] = `M${part.slice(at + 2)}`
    }
  return problems
}

/** Whether another principal is bound to the identity at an index. */
export const isTaken = (error: unknown, index: number): boolean =>
  partsOf(error).some(part => part.startsWith(`Identities[${index}]: `))

const partsOf = (error: unknown): readonly string[] =>
  error instanceof CallFailure && error.type === 'InvalidParameterException'
    ? error.message.replace(/\. Nothing was changed$/, '').split('; ')
    : []

const linesOf = (text: string): string[] =>
  text
    .split('\n')
    .map(line => line.trim())
    .filter(line => line !== '')
