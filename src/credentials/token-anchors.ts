/**
 * Provides the data that is needed to verify tokens.
 *
 * @module
 */

import type { PolicyWatch } from '../cache/cache.ts'
import type { TokenAnchors } from './credentials.ts'
import type { SigningKeys } from './signing-keys.ts'
import { epochMark } from './token-text.ts'

/** Token anchors from the store, through the caches of a gateway. */
export class StoredTokenAnchors implements TokenAnchors {
  readonly #keys: SigningKeys
  readonly #watch: Pick<PolicyWatch, 'epoch' | 'currentEpoch'>

  constructor(keys: SigningKeys, watch: Pick<PolicyWatch, 'epoch' | 'currentEpoch'>) {
    this.#keys = keys
    this.#watch = watch
  }

  epoch(): string | undefined {
    const epoch = this.#watch.currentEpoch
    return epoch === undefined ? undefined : epochMark(epoch)
  }

  async loadEpoch(): Promise<string> {
    return epochMark(await this.#watch.epoch())
  }

  isSigningKey(id: string): boolean | undefined {
    return this.#keys.knows(id)
  }

  async loadSigningKey(id: string): Promise<boolean> {
    return (await this.#keys.find(id)) !== undefined
  }
}
