/**
 * Starts one gateway in front of a server that accepts everything, for all parts that attack with bytes.
 *
 * A part removes the requests that the server received for it, and leaves nothing behind.
 *
 * @module
 */

import { type Besieged, startBesieged } from './gateway.ts'
import { Upstream } from './upstream.ts'

export type Field = Readonly<{ gateway: Besieged; upstream: Upstream }>

/** Opened when the first part asks for it. */
export class Siege {
  readonly #root: string
  #field: Promise<Field> | undefined

  /** @param root - of the checkout whose gateway is attacked */
  constructor(root: string) {
    this.#root = root
  }

  field(): Promise<Field> {
    this.#field ??= this.#open()
    return this.#field
  }

  async close(): Promise<void> {
    const { gateway, upstream } = (await this.#field) ?? {}
    await gateway?.close()
    upstream?.close()
  }

  async #open(): Promise<Field> {
    const upstream = await Upstream.start()
    return { upstream, gateway: await startBesieged(this.#root, upstream.url) }
  }
}

/** Returns the flaws of the gateway and of the requests it sent that no part looks for itself. */
export function complaintsOf({ gateway, upstream }: Field): string[] {
  const complaints = upstream.flaws.splice(0).map(flaw => `the upstream got ${flaw}`)
  if (!gateway.isAlive()) complaints.push(`the gateway ended: ${gateway.log().slice(-500)}`)
  if (/Unhandled error/.test(gateway.log()))
    complaints.push(`a bug: ${gateway.log().slice(0, 500)}`)
  return complaints
}
