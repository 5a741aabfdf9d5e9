/**
 * Subjects, which name single values of policy data, such as one role. The data plane caches each value under its subject.
 * A change lists the subjects that it invalidates.
 *
 * @module
 */

import type { IdentityReference } from './external-identity.ts'
import { type ConnectingSidKind, foldName, type UserId } from './identity.ts'
import type { DataKind, IdOf, StoredKind } from './policy-data.ts'
import type { AccessKeyId } from './principal.ts'
import { foldRoleName, type RoleId } from './role.ts'

declare const brand: unique symbol

/** Name of a value, in the form `<kind>:<ID>`. IDs are compared exactly. */
export type Subject = string & { readonly [brand]: 'Subject' }

const subject = (kind: string, id: string) => `${kind}:${id}` as Subject

export const roleSubject = (id: RoleId) => subject('role', id)
export const roleNameSubject = (name: string) => subject('role-name', foldRoleName(name))
export const userSubject = (id: UserId) => subject('user', id)
export const credentialSubject = (id: AccessKeyId) => subject('credential', id)

export const identitySubject = (reference: IdentityReference) => subject('identity', reference)

/** Whether the value of a subject says to which organization it belongs: an access key, or an external identity. */
export const namesOrganization = (subject: Subject) =>
  subject.startsWith('credential:') || subject.startsWith('identity:')

export const subscriptionSubject = (idHash: string) => subject('subscription', idHash)

/** Subject of all access control rules of an organization, which are cached as one value. */
export const ACCESS_CONTROL = subject('access-control', 'rules')

/** Subject of the protected mailboxes of an organization. */
export const PROTECTION = subject('protection', 'list')

/** Names that must be unique together: all addresses, all principal names, all SIDs. */
export type NameSpace = 'address' | 'principal' | 'sid'

/** Name space of each kind of ConnectingSID. */
export const NAME_SPACES = {
  PrincipalName: 'principal',
  SID: 'sid',
  PrimarySmtpAddress: 'address',
  SmtpAddress: 'address',
} as const satisfies Record<ConnectingSidKind, NameSpace>

/** Returns the subject of the user who has a name. */
export const nameSubject = (space: NameSpace, name: string) => subject(space, foldName(name))

const SUBJECTS: Readonly<{ [Kind in StoredKind]: (id: IdOf<Kind>) => Subject }> = {
  'access-control': () => ACCESS_CONTROL,
  credential: credentialSubject,
  identity: identitySubject,
  name: ({ kind, value }) => nameSubject(NAME_SPACES[kind], value),
  protection: () => PROTECTION,
  role: roleSubject,
  'role-name': roleNameSubject,
  subscription: subscriptionSubject,
  user: userSubject,
}

/** Whether data of a kind is in the store, so that it has a subject. */
export const isStoredKind = <Kind extends DataKind>(kind: Kind): kind is Kind & StoredKind =>
  Object.hasOwn(SUBJECTS, kind)

/** Returns the subject of a value in the store. */
export const subjectOf = <Kind extends StoredKind>(kind: Kind, id: IdOf<Kind>): Subject =>
  SUBJECTS[kind](id)

/** A change of an organization, and the subjects that it invalidates. */
export type PolicyChange = Readonly<{
  /** The organization's policy version after the change. */
  version: number
  /** Invalidated subjects. Absent if there are too many, which invalidates all. */
  subjects?: readonly Subject[]
  /** Time of the change in milliseconds since the epoch, by the clock of the process that made it. */
  at: number
}>
