/**
 * Reads many values of one organization at once: what the process (L1) lacks comes from the store,
 * with one call for all of it.
 *
 * The shared cache (L2) isn't asked, because a question for each value costs more than the query.
 *
 * @module
 */

import { Failure } from '../model/failure.ts'
import type { OrganizationId } from '../model/identity.ts'
import type { Subject } from '../model/subject.ts'
import { endOf, isBefore, momentOf } from './clock.ts'
import { ABSENCE_MS, ATTEMPTS, type FetchPorts } from './fetch.ts'
import type { LocalKnowledge } from './local.ts'
import { keyOf, placeOf } from './place.ts'
import type { Watch } from './watch.ts'

/** Values of one kind. */
export type Batch<Id, T> = Readonly<{
  subjectOf: (id: Id) => Subject
  /** Returns the value of each ID, in their order. */
  load: (ids: readonly Id[]) => Promise<readonly (T | undefined)[]>
}>

export class BatchReader {
  readonly #ports: FetchPorts
  readonly #local: LocalKnowledge
  readonly #watch: Watch

  constructor(ports: FetchPorts, local: LocalKnowledge, watch: Watch) {
    this.#ports = ports
    this.#local = local
    this.#watch = watch
  }

  /**
   * Returns the value of each ID, in their order.
   *
   * @throws Failure `policy-unavailable`
   */
  async read<Id, T>(
    organization: OrganizationId,
    ids: readonly Id[],
    { subjectOf, load }: Batch<Id, T>,
  ): Promise<readonly (T | undefined)[]> {
    await this.#watch.refresh()
    const keys = ids.map(id => keyOf(placeOf(organization, subjectOf(id))))
    const values = new Map<string, T | undefined>()
    let missing = this.#findAll(new Map(keys.map((key, i) => [key, ids[i] as Id])), values)
    for (let attempt = 0; attempt < ATTEMPTS && missing.size > 0; attempt += 1)
      missing = await this.#loadAll(organization, missing, load, values)
    if (missing.size > 0)
      throw new Failure('policy-unavailable', 'The policy changes faster than it can be read')
    return keys.map(key => values.get(key))
  }

  /** Takes what the process knows. Returns the rest. */
  #findAll<Id, T>(wanted: ReadonlyMap<string, Id>, values: Map<string, T | undefined>) {
    const { clock, observer } = this.#ports
    const at = momentOf(clock)
    const missing = new Map<string, Id>()
    for (const [key, id] of wanted) {
      const known = this.#local.find(key, at)
      observer.looked('l1', known ? 'hit' : 'miss')
      if (known) values.set(key, known.value as T | undefined)
      else missing.set(key, id)
    }
    return missing
  }

  /** Loads and keeps values. Returns those that became void during the read, or came too late. */
  async #loadAll<Id, T>(
    organization: OrganizationId,
    wanted: ReadonlyMap<string, Id>,
    load: Batch<Id, T>['load'],
    values: Map<string, T | undefined>,
  ): Promise<Map<string, Id>> {
    const { clock, maxAgeMs, observer } = this.#ports
    const start = momentOf(clock)
    const begun = this.#local.beginRead()
    const missing = new Map(wanted)
    const loaded = await load([...wanted.values()]).catch(error => {
      observer.looked('store', 'failed')
      throw error
    })
    if (!isBefore(momentOf(clock), endOf(start, maxAgeMs))) return missing
    for (const [i, key] of [...wanted.keys()].entries()) {
      const value = loaded[i]
      observer.looked('store', value === undefined ? 'miss' : 'hit')
      const end = endOf(start, value === undefined ? Math.min(ABSENCE_MS, maxAgeMs) : maxAgeMs)
      const kept = this.#local.keep(key, { value, end, organization }, begun)
      if (kept === undefined || !isBefore(momentOf(clock), kept.end)) continue
      values.set(key, kept.value as T | undefined)
      missing.delete(key)
    }
    return missing
  }
}
