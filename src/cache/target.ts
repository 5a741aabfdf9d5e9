/**
 * Subjects to load, with their keys.
 *
 * @module
 */

import type { OrganizationId } from '../model/identity.ts'
import type { DataKind, MissingSubject, StoredKind, ValueOf } from '../model/policy-data.ts'
import { isStoredKind, subjectOf } from '../model/subject.ts'
import type { CacheKey } from './cache.ts'
import { ANY, localKey, placeOf } from './place.ts'

export type StoredSubject = Extract<MissingSubject, { kind: StoredKind }>

/** Freshness up to a version: a decision needs all changes up to it. */
export type FreshnessSubject = Extract<MissingSubject, { kind: 'freshness' }>

/** Whether a subject is a value in the store. Freshness is not data of any kind. */
export const isStored = (subject: MissingSubject): subject is StoredSubject =>
  isStoredKind(subject.kind as DataKind)

/** A subject, with its key in the process and its key in the shared cache. */
export type Target = StoredSubject &
  Readonly<{ organization: OrganizationId; key: string; place: CacheKey }>

export function targetOf(organization: OrganizationId, stored: StoredSubject): Target {
  const subject = subjectOf(stored.kind, stored.id)
  const key = localKey(organization, subject)
  return { ...stored, organization, key, place: placeOf(organization, subject) }
}

/** A value, and the organization whose changes invalidate it. */
export type OwnedValue = Readonly<{ value: unknown; organization: OrganizationId | undefined }>

/**
 * Returns a value and the organization that it belongs to. A credential or an identity of another organization than
 * the target's counts as absent.
 */
export function ownedBy({ organization, kind }: Target, value: unknown): OwnedValue {
  if (kind !== 'credential' && kind !== 'identity') return { value, organization }
  const owner = (value as ValueOf<'credential' | 'identity'> | undefined)?.principal.organizationId
  if (organization === ANY) return { value, organization: owner }
  return { value: owner === organization ? value : undefined, organization }
}
