/**
 * The upstream's WSDL and schemas, cached for a day.
 *
 * @module
 */

import type { SchemaFile } from './upstream.ts'

const KEPT_MS = 24 * 60 * 60 * 1000
/** Time for which the gateway remembers that the upstream doesn't have a file. */
const MISSED_MS = 5 * 60 * 1000

/** File names as Exchange spells them. IIS ignores case, but other servers don't. */
const UPSTREAM_NAMES = {
  'services.wsdl': 'Services.wsdl',
  'messages.xsd': 'messages.xsd',
  'types.xsd': 'types.xsd',
} as const satisfies Record<SchemaFile, string>

/** Fetches a file in the folder of Exchange.asmx; undefined if the upstream doesn't have it. */
type FetchFile = (name: string) => Promise<string | undefined>

type CachedFile = Readonly<{ bytes: Buffer | undefined; until: number }>

export class SchemaFiles {
  readonly #fetch: FetchFile
  readonly #now: () => number
  readonly #kept = new Map<SchemaFile, CachedFile>()
  readonly #fetching = new Map<SchemaFile, Promise<Buffer | undefined>>()
  /** Caches the last rewritten `services.wsdl`, because nearly all clients use the same URL. */
  #written: Readonly<{ from: Buffer; gatewayUrl: string; bytes: Buffer }> | undefined

  /** @param now - returns the time in milliseconds */
  constructor(fetch: FetchFile, now: () => number) {
    this.#fetch = fetch
    this.#now = now
  }

  /**
   * Returns the file with `gatewayUrl` as the address of every service. Concurrent calls share one request.
   * A failure is not cached.
   */
  async read(file: SchemaFile, gatewayUrl: string): Promise<Uint8Array | undefined> {
    const from = await this.#bytes(file)
    if (from === undefined || file !== 'services.wsdl') return from
    if (this.#written?.from !== from || this.#written.gatewayUrl !== gatewayUrl)
      this.#written = { from, gatewayUrl, bytes: withAddress(from, gatewayUrl) }
    return this.#written.bytes
  }

  #bytes(file: SchemaFile): Promise<Buffer | undefined> {
    const kept = this.#kept.get(file)
    if (kept && this.#now() < kept.until) return Promise.resolve(kept.bytes)
    const fetching = this.#fetching.get(file) ?? this.#refresh(file)
    this.#fetching.set(file, fetching)
    return fetching
  }

  async #refresh(file: SchemaFile): Promise<Buffer | undefined> {
    try {
      const text = await this.#fetch(UPSTREAM_NAMES[file])
      const bytes = text === undefined ? undefined : Buffer.from(text)
      this.#kept.set(file, {
        bytes,
        until: this.#now() + (bytes === undefined ? MISSED_MS : KEPT_MS),
      })
      return bytes
    } finally {
      this.#fetching.delete(file)
    }
  }
}

/** Replaces the location in every `address` element by the gateway's URL, because it contains the upstream's name. */
function withAddress(wsdl: Buffer, gatewayUrl: string): Buffer {
  const location = gatewayUrl
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('"', '&quot;')
  const written = wsdl
    .toString()
    .replace(
      /(<(?:[A-Za-z_][\w.-]*:)?address\s[^<>]*?\blocation\s*=\s*)(?:"[^"<]*"|'[^'<]*')/g,
      (_, before: string) => `${before}"${location}"`,
    )
  return Buffer.from(written)
}
