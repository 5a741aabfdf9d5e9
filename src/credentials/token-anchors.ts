/**
 * Gives decisions the data that tokens are verified by.
 *
 * @module
 */

import type { PolicyWatch } from '../cache/cache.ts'
import type { TokenAnchors } from './credentials.ts'
import type { SigningKeys } from './signing-keys.ts'
import { epochMark } from './token-text.ts'

export class StoredTokenAnchors implements TokenAnchors {
  readonly #keys: SigningKeys
  readonly #watch: Pick<PolicyWatch, 'epoch' | 'currentEpoch'>
  /** The last epoch and its mark, because the epoch hardly ever changes. */
  #last = { epoch: '', mark: '' }

  constructor(keys: SigningKeys, watch: Pick<PolicyWatch, 'epoch' | 'currentEpoch'>) {
    this.#keys = keys
    this.#watch = watch
  }

  epoch(): string | undefined {
    const epoch = this.#watch.currentEpoch
    return epoch === undefined ? undefined : this.#markOf(epoch)
  }

  async loadEpoch(): Promise<string> {
    return this.#markOf(await this.#watch.epoch())
  }

  isSigningKey(id: string): boolean | undefined {
    return this.#keys.knows(id)
  }

  async loadSigningKey(id: string): Promise<boolean> {
    return (await this.#keys.find(id)) !== undefined
  }

  #markOf(epoch: string): string {
    if (this.#last.epoch !== epoch) this.#last = { epoch, mark: epochMark(epoch) }
    return this.#last.mark
  }
}
