/**
 * Reads policy data for one decision, and notes what is missing.
 *
 * @module
 */

import type {
  DataKind,
  Entry,
  IdOf,
  MissingSubject,
  PolicyData,
  ValueOf,
} from '../model/policy-data.ts'

export class Lookup {
  readonly #data: PolicyData
  #missing: MissingSubject[] = []
  #version = 0

  constructor(data: PolicyData) {
    this.#data = data
  }

  /** Subjects that were looked up and are not known. */
  get missing(): readonly MissingSubject[] {
    return this.#missing
  }

  /**
   * The lowest policy version at which all values that were found can hold together: that of the newest
   * one. Every other value holds at that version if no change up to it has made it void.
   */
  get version(): number {
    return this.#version
  }

  /** Demands that every change up to a policy version is known. */
  requireVersion(version: number): void {
    this.#version = Math.max(this.#version, version)
  }

  /** Returns the entry, or undefined and notes the subject. */
  find<Kind extends DataKind>(kind: Kind, id: IdOf<Kind>): Entry<ValueOf<Kind>> | undefined {
    const entry = this.#data.find(kind, id)
    if (entry === undefined) this.#missing.push({ kind, id } as MissingSubject)
    else this.requireVersion(entry.from)
    return entry
  }

  /** Returns the values of several subjects, or undefined if one is missing; notes each that is. */
  findAll<Kind extends DataKind>(
    kind: Kind,
    ids: readonly IdOf<Kind>[],
  ): readonly (ValueOf<Kind> | undefined)[] | undefined {
    const entries = ids.map(id => this.find(kind, id))
    return entries.includes(undefined) ? undefined : entries.map(entry => entry?.value)
  }

  /** Notes that not every change up to {@link version} is known. */
  missFreshness(): void {
    this.#missing.push({ kind: 'freshness', version: this.#version })
  }

  /** Returns the subjects that were missing, and forgets them. */
  takeMissing(): readonly MissingSubject[] {
    const missing = this.#missing
    this.#missing = []
    return missing
  }
}
