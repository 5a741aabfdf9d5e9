/**
 * Where what is known of a subject lies, in every layer.
 *
 * @module
 */

import { type OrganizationId, organizationId } from '../model/identity.ts'
import { isCredential, type Subject } from '../model/subject.ts'
import type { CacheKey } from './cache.ts'

/** Stands for the organization of a credential, which only the credential itself tells. */
export const ANY = organizationId('*')

/** A credential has one place in the shared cache, whatever organization it is looked up in. */
export const placeOf = (organization: OrganizationId | undefined, subject: Subject): CacheKey => ({
  organization: organization === undefined || isCredential(subject) ? ANY : organization,
  subject,
})

/** The same as one text. */
export const keyOf = ({ organization, subject }: CacheKey): string =>
  localKey(organization, subject)

/** Key in the process. A credential of {@link ANY} organization is kept apart from one of a given one. */
export const localKey = (organization: OrganizationId, subject: Subject): string =>
  `${organization} ${subject}`

/** Keys in the process that a change of a subject makes void. */
export const localKeysOf = (organization: OrganizationId, subject: Subject): readonly string[] =>
  [organization, ...(isCredential(subject) ? [ANY] : [])].map(of => localKey(of, subject))
