/**
 * Subjects: the pieces of an organization's policy that the data plane reads, each by one name.
 *
 * A piece is cached under its subject, and a change says which subjects it made void.
 *
 * @module
 */

import { type ConnectingSidKind, foldName, type UserId } from './identity.ts'
import type { DataKind, IdOf, StoredKind } from './policy-data.ts'
import type { AccessKeyId } from './principal.ts'
import { foldRoleName, type RoleId } from './role.ts'

declare const brand: unique symbol

/** `<kind>:<id>`; ids of one kind are compared exactly. */
export type Subject = string & { readonly [brand]: 'Subject' }

const subject = (kind: string, id: string) => `${kind}:${id}` as Subject

export const roleSubject = (id: RoleId) => subject('role', id)
export const roleNameSubject = (name: string) => subject('role-name', foldRoleName(name))
export const userSubject = (id: UserId) => subject('user', id)
export const credentialSubject = (id: AccessKeyId) => subject('credential', id)

export const isCredential = (subject: Subject) => subject.startsWith('credential:')

export const subscriptionSubject = (idHash: string) => subject('subscription', idHash)

/** All access control rules of an organization, which are one piece. */
export const ACCESS_CONTROL = subject('access-control', 'rules')

/** Names that must be unique together: all addresses, all principal names, all SIDs. */
export type NameSpace = 'address' | 'principal' | 'sid'

export const NAME_SPACES = {
  PrincipalName: 'principal',
  SID: 'sid',
  PrimarySmtpAddress: 'address',
  SmtpAddress: 'address',
} as const satisfies Record<ConnectingSidKind, NameSpace>

/** Whoever has a name. */
export const nameSubject = (space: NameSpace, name: string) => subject(space, foldName(name))

const SUBJECTS: Readonly<{ [Kind in StoredKind]: (id: IdOf<Kind>) => Subject }> = {
  'access-control': () => ACCESS_CONTROL,
  credential: credentialSubject,
  name: ({ kind, value }) => nameSubject(NAME_SPACES[kind], value),
  role: roleSubject,
  'role-name': roleNameSubject,
  subscription: subscriptionSubject,
  user: userSubject,
}

export const isStoredKind = <Kind extends DataKind>(kind: Kind): kind is Kind & StoredKind =>
  Object.hasOwn(SUBJECTS, kind)

/** Subject of a value that the store holds. */
export const subjectOf = <Kind extends StoredKind>(kind: Kind, id: IdOf<Kind>): Subject =>
  SUBJECTS[kind](id)

/** One change of an organization, and what it made void. */
export type PolicyChange = Readonly<{
  /** The organization's policy version from then on. */
  version: number
  /** Absent: too many to name, so all. */
  subjects?: readonly Subject[]
  /** When it was made, by the clock of whoever made it; milliseconds since the epoch. */
  at: number
}>
