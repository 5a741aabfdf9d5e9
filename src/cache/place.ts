/**
 * Keys of subjects, in every layer.
 *
 * @module
 */

import { type OrganizationId, organizationId } from '../model/identity.ts'
import { isCredential, type Subject } from '../model/subject.ts'
import type { CacheKey } from './cache.ts'

/** Placeholder for the organization of a credential, which only the credential contains. */
export const ANY = organizationId('*')

/**
 * Returns the place in the shared cache. A credential has one place for all organizations in which it is
 * looked up.
 */
export const placeOf = (organization: OrganizationId | undefined, subject: Subject): CacheKey => ({
  organization: organization === undefined || isCredential(subject) ? ANY : organization,
  subject,
})

/** Returns the place as text. */
export const keyOf = ({ organization, subject }: CacheKey): string =>
  localKey(organization, subject)

/**
 * Returns the key in the process. A credential of {@link ANY} organization is kept apart from one of a
 * given organization.
 */
export const localKey = (organization: OrganizationId, subject: Subject): string =>
  `${organization} ${subject}`

/** Returns the keys in the process that a change of a subject invalidates. */
export const localKeysOf = (organization: OrganizationId, subject: Subject): readonly string[] =>
  [organization, ...(isCredential(subject) ? [ANY] : [])].map(of => localKey(of, subject))
