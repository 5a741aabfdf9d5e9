/**
 * Starts one gateway in front of a server that accepts everything, for all parts that attack with bytes.
 *
 * A part removes the requests that the server received for it, and leaves nothing behind.
 *
 * @module
 */

import { type AttackedGateway, startAttackedGateway } from './gateway.ts'
import { Upstream } from './upstream.ts'

export type SiegeTarget = Readonly<{ gateway: AttackedGateway; upstream: Upstream }>

/** Opened when the first part asks for it. */
export class Siege {
  readonly #root: string
  #target: Promise<SiegeTarget> | undefined

  /** @param root - of the checkout whose gateway is attacked */
  constructor(root: string) {
    this.#root = root
  }

  target(): Promise<SiegeTarget> {
    this.#target ??= this.#open()
    return this.#target
  }

  async close(): Promise<void> {
    const { gateway, upstream } = (await this.#target) ?? {}
    await gateway?.close()
    upstream?.close()
  }

  async #open(): Promise<SiegeTarget> {
    const upstream = await Upstream.start()
    return { upstream, gateway: await startAttackedGateway(this.#root, upstream.url) }
  }
}

/** Returns the flaws of the gateway and of the requests it sent that no part looks for itself. */
export function complaintsOf({ gateway, upstream }: SiegeTarget): string[] {
  const complaints = upstream.flaws.splice(0).map(flaw => `the upstream received ${flaw}`)
  if (!gateway.isAlive()) complaints.push(`the gateway ended: ${gateway.log().slice(-500)}`)
  if (/Unhandled error/.test(gateway.log()))
    complaints.push(`unhandled error: ${gateway.log().slice(0, 500)}`)
  return complaints
}
