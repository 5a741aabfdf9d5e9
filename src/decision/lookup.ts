/**
 * Reads policy data for one decision, and records what is missing.
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

  /** Subjects that were looked up and must be loaded first. */
  get missing(): readonly MissingSubject[] {
    return this.#missing
  }

  /**
   * The lowest policy version at which all found values can be consistent: that of the newest one. Every
   * other value is valid at that version if no change up to it has invalidated it.
   */
  get version(): number {
    return this.#version
  }

  /** Requires that the gateway knows every change up to a policy version. */
  requireVersion(version: number): void {
    this.#version = Math.max(this.#version, version)
  }

  /** Returns the entry of a subject. If it must be loaded first, returns undefined and adds it to {@link missing}. */
  find<Kind extends DataKind>(kind: Kind, id: IdOf<Kind>): Entry<ValueOf<Kind>> | undefined {
    const entry = this.#data.find(kind, id)
    if (entry === undefined) this.#missing.push({ kind, id } as MissingSubject)
    else this.requireVersion(entry.from)
    return entry
  }

  /**
   * Returns the values of several subjects. If some must be loaded first, returns undefined and adds these to
   * {@link missing}.
   */
  findAll<Kind extends DataKind>(
    kind: Kind,
    ids: readonly IdOf<Kind>[],
  ): readonly (ValueOf<Kind> | undefined)[] | undefined {
    const entries = ids.map(id => this.find(kind, id))
    return entries.includes(undefined) ? undefined : entries.map(entry => entry?.value)
  }

  /**
   * Requires a poll of the store before the decision, because the gateway doesn't know every change up to
   * {@link version} yet.
   */
  missFreshness(): void {
    this.#missing.push({ kind: 'freshness', version: this.#version })
  }

  /** Returns and clears the missing subjects. */
  takeMissing(): readonly MissingSubject[] {
    const missing = this.#missing
    this.#missing = []
    return missing
  }
}
