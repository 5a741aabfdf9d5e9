/**
 * Keys of subjects, in every layer.
 *
 * @module
 */

import { type OrganizationId, organizationId } from '../model/identity.ts'
import { namesOrganization, type Subject } from '../model/subject.ts'
import type { CacheKey } from './cache.ts'

/** Placeholder for the organization of a credential or an identity, which is known only once it has been read. */
export const ANY = organizationId('*')

/** Returns the key in the shared cache. A credential or an identity has one key, whatever organization it is looked up in. */
export const placeOf = (organization: OrganizationId | undefined, subject: Subject): CacheKey => ({
  organization: organization === undefined || namesOrganization(subject) ? ANY : organization,
  subject,
})

/** Returns a key of the shared cache as text. */
export const keyOf = ({ organization, subject }: CacheKey): string =>
  localKey(organization, subject)

/**
 * Returns the key in the process. A credential or an identity that is looked up in {@link ANY} organization has
 * another key than one that is looked up in a certain organization.
 */
export const localKey = (organization: OrganizationId, subject: Subject): string =>
  `${organization} ${subject}`

/** Returns the keys in the process that a change of a subject invalidates. */
export const localKeysOf = (organization: OrganizationId, subject: Subject): readonly string[] =>
  [organization, ...(namesOrganization(subject) ? [ANY] : [])].map(of => localKey(of, subject))
