/**
 * Caches the keys of values in the process.
 *
 * @module
 */

import type { OrganizationId } from '../model/identity.ts'
import type { IdOf, StoredKind } from '../model/policy-data.ts'
import { subjectOf } from '../model/subject.ts'
import { localKey } from './place.ts'

/** Maximum number of cached keys. A full cache is cleared. */
const MAX_KEYS = 16_384

/** Maximum length of an ID whose key is cached, in UTF-16 units. Clients can send longer names. */
const MAX_ID_LENGTH = 256

/** The keys of recent lookups, because to build a key and to hash it takes longer than the lookup itself. */
export class LocalKeys {
  /** Keys by organization, by kind of ID, and by ID. */
  readonly #keys = new Map<OrganizationId, Map<string, Map<string, string>>>()
  #count = 0

  /** Number of cached keys. */
  get size(): number {
    return this.#count
  }

  /** Returns the key of a value in an organization. */
  keyOf<Kind extends StoredKind>(organization: OrganizationId, kind: Kind, id: IdOf<Kind>): string {
    const idKind = typeof id === 'string' ? kind : id.kind
    const text = typeof id === 'string' ? id : id.value
    const known = this.#keys.get(organization)?.get(idKind)?.get(text)
    if (known !== undefined) return known
    const key = localKey(organization, subjectOf(kind, id))
    this.#keep(organization, idKind, text, key)
    return key
  }

  #keep(organization: OrganizationId, idKind: string, text: string, key: string): void {
    if (text.length > MAX_ID_LENGTH) return
    if (this.#count >= MAX_KEYS) {
      this.#keys.clear()
      this.#count = 0
    }
    const kinds = this.#keys.get(organization) ?? new Map<string, Map<string, string>>()
    const keys = kinds.get(idKind) ?? new Map<string, string>()
    this.#keys.set(organization, kinds.set(idKind, keys.set(text, key)))
    this.#count += 1
  }
}
