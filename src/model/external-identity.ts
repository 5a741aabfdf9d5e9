/**
 * Identities outside the gateway, such as accounts of a directory, which principals can be bound to.
 *
 * @module
 */

import { foldName } from './identity.ts'
import type { Principal } from './principal.ts'

/** Claims of a token that can name its caller. They never change, unlike a mail address. */
export const SUBJECT_CLAIMS = ['appid', 'oid', 'sub'] as const
export type SubjectClaim = (typeof SUBJECT_CLAIMS)[number]

/** An account of the organization's directory, which signs in with its own password. */
export type DirectoryAccount = Readonly<{
  kind: 'directory-account'
  /** The objectSid, which never belongs to another account. */
  sid: string
  /** Names under which the account can sign in, as `user@domain` or `DOMAIN\user`. */
  names: readonly string[]
}>

/** The subject of tokens of a trusted issuer. */
export type TokenSubject = Readonly<{
  kind: 'token-subject'
  issuer: string
  claim: SubjectClaim
  subject: string
}>

export type ExternalIdentity = DirectoryAccount | TokenSubject

export type BoundIdentity = Readonly<{
  identity: ExternalIdentity
  principal: Principal
  /** Present if this version doesn't understand the stored identity. It is then that of no caller. */
  unreadable?: true
}>

declare const brand: unique symbol

/** A text by which an identity is found. In the whole store, each has at most one principal. */
export type IdentityReference = string & { readonly [brand]: 'IdentityReference' }

/** Returns the reference of an account by one of its names. Names are compared folded. */
export const accountReference = (name: string) => `account:${foldName(name)}` as IdentityReference

const sidReference = (sid: string) => `sid:${sid}` as IdentityReference

/** Returns the reference of a token's subject. Its parts are compared exactly. */
export const subjectReference = (
  issuer: string,
  claim: SubjectClaim,
  subject: string,
): IdentityReference => `token:${JSON.stringify([issuer, claim, subject])}` as IdentityReference

/** Returns all references of an identity, each once. */
export function referencesOf(identity: ExternalIdentity): readonly IdentityReference[] {
  if (identity.kind === 'token-subject')
    return [subjectReference(identity.issuer, identity.claim, identity.subject)]
  return [...new Set([sidReference(identity.sid), ...identity.names.map(accountReference)])]
}

/** Identities that no caller has, in place of stored ones that are not understood. */
const UNREADABLE_ACCOUNT: DirectoryAccount = { kind: 'directory-account', sid: '', names: [] }
const UNREADABLE_SUBJECT: TokenSubject = {
  kind: 'token-subject',
  issuer: '',
  claim: 'sub',
  subject: '',
}

/** Returns the identity to use in place of one that is not understood. It has the kind of its reference. */
export const unreadableIdentity = (reference: IdentityReference): ExternalIdentity =>
  reference.startsWith('token:') ? UNREADABLE_SUBJECT : UNREADABLE_ACCOUNT

export const isUnreadable = (identity: ExternalIdentity): boolean =>
  identity.kind === 'token-subject' ? identity.subject === '' : identity.sid === ''

/** Returns the part of an identity that proves who it is: without the names, which can change. */
export const proofOf = (identity: ExternalIdentity): string =>
  identity.kind === 'directory-account'
    ? sidReference(identity.sid)
    : subjectReference(identity.issuer, identity.claim, identity.subject)

/** Whether a text is the SID of an account in a domain, in its only spelling. Built-in accounts have other SIDs. */
export function isAccountSid(text: string): boolean {
  const [s, revision, authority, ...rest] = text.split('-')
  const parts = rest.map(Number)
  return (
    `${s}-${revision}-${authority}-${parts.join('-')}` === text &&
    text.startsWith('S-1-5-21-') &&
    parts.length === 5 &&
    parts.every(part => Number.isInteger(part) && part <= 0xff_ff_ff_ff)
  )
}

/** Whether a text is a name under which an account can sign in. A colon would end the name in a Basic header. */
export function isAccountName(text: string): boolean {
  const parts = text.split(/[@\\]/)
  const isPart = (part: string) => part !== '' && !/[\s\p{Cc}:;|]/u.test(part)
  return text.length <= 256 && parts.length === 2 && parts.every(isPart)
}
