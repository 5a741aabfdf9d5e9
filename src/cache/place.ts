/**
 * Where what is known of a subject lies, in every layer.
 *
 * @module
 */

import { type OrganizationId, organizationId } from '../model/identity.ts'
import { isCredential, type Subject } from '../model/subject.ts'
import type { CacheKey } from './cache.ts'

/** A key's organization is not known before the key has been read. */
const ANY = organizationId('*')

export const placeOf = (organization: OrganizationId | undefined, subject: Subject): CacheKey => ({
  organization: organization === undefined || isCredential(subject) ? ANY : organization,
  subject,
})

/** The same as one text. */
export const keyOf = ({ organization, subject }: CacheKey): string => `${organization} ${subject}`
