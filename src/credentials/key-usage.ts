/**
 * Records when keys were last used, to the minute.
 *
 * @module
 */

import type { AccessKey, AccessKeyId } from '../model/principal.ts'
import type { PrincipalStore } from '../store/store.ts'

const MINUTE_MS = 60_000
const MAX_KEYS = 10_000
const NEVER = Number.NEGATIVE_INFINITY

/** Records the use of keys. No request waits for it or fails because of it. */
export class KeyUsage {
  readonly #store: Pick<PrincipalStore, 'keyUsed'>
  readonly #failed: (error: unknown) => void
  readonly #notedAt = new Map<AccessKeyId, number>()

  /** @param failed - called when recording a use fails */
  constructor(store: Pick<PrincipalStore, 'keyUsed'>, failed: (error: unknown) => void) {
    this.#store = store
    this.#failed = failed
  }

  /** Records a use, unless one of the same minute is recorded already. */
  note({ id, lastUsedAt }: AccessKey, at: number): void {
    const notedAt = Math.max(this.#notedAt.get(id) ?? NEVER, lastUsedAt ?? NEVER)
    if (at < notedAt + MINUTE_MS) return
    if (this.#notedAt.size >= MAX_KEYS) this.#notedAt.clear()
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
