/**
 * When keys were last used, noted to the minute.
 *
 * @module
 */

import type { AccessKey, AccessKeyId } from '../model/principal.ts'
import type { PrincipalStore } from '../store/store.ts'

const MINUTE_MS = 60_000
const KEYS = 10_000
const NEVER = Number.NEGATIVE_INFINITY

/** Notes the use of keys beside the requests that use them: nothing waits for it or fails by it. */
export class KeyUsage {
  readonly #store: Pick<PrincipalStore, 'keyUsed'>
  readonly #failed: (error: unknown) => void
  readonly #notedAt = new Map<AccessKeyId, number>()

  /** @param failed - told what kept a use from being noted */
  constructor(store: Pick<PrincipalStore, 'keyUsed'>, failed: (error: unknown) => void) {
    this.#store = store
    this.#failed = failed
  }

  /** Notes a use, unless one of the same minute is noted already. */
  note({ id, lastUsedAt }: AccessKey, at: number): void {
    const notedAt = Math.max(this.#notedAt.get(id) ?? NEVER, lastUsedAt ?? NEVER)
    if (at < notedAt + MINUTE_MS) return
    if (this.#notedAt.size >= KEYS) this.#notedAt.clear()
    this.#notedAt.set(id, at)
    void this.#write(id, at)
  }

  async #write(id: AccessKeyId, at: number): Promise<void> {
    try {
      await this.#store.keyUsed(id, at)
    } catch (error) {
      this.#failed(error)
    }
  }
}
