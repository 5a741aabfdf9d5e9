/**
 * The upstream's WSDL and schemas, kept for a day (R11).
 *
 * @module
 */

import type { SchemaFile } from './upstream.ts'

const KEPT_MS = 24 * 60 * 60 * 1000
/** How long an upstream without a file is not asked again. */
const MISSED_MS = 5 * 60 * 1000

/** How Exchange spells them; IIS does not care, others do. */
const UPSTREAM_NAMES = {
  'services.wsdl': 'Services.wsdl',
  'messages.xsd': 'messages.xsd',
  'types.xsd': 'types.xsd',
} as const satisfies Record<SchemaFile, string>

/** Gets a file from beside Exchange.asmx; undefined: the upstream has none. */
type FetchFile = (name: string) => Promise<string | undefined>

type Kept = Readonly<{ text: string | undefined; until: number }>

export class SchemaFiles {
  readonly #fetch: FetchFile
  readonly #now: () => number
  readonly #kept = new Map<SchemaFile, Kept>()
  readonly #fetching = new Map<SchemaFile, Promise<string | undefined>>()

  /** @param now - the time in milliseconds */
  constructor(fetch: FetchFile, now: () => number) {
    this.#fetch = fetch
    this.#now = now
  }

  /**
   * The file, with `gatewayUrl` for every address of a service in it. However many ask at
   * once, the upstream is asked once; a failure is passed on and not kept.
   */
  async read(file: SchemaFile, gatewayUrl: string): Promise<Uint8Array | undefined> {
    const text = await this.#text(file)
    if (text === undefined) return undefined
    return Buffer.from(file === 'services.wsdl' ? withAddress(text, gatewayUrl) : text)
  }

  #text(file: SchemaFile): Promise<string | undefined> {
    const kept = this.#kept.get(file)
    if (kept && this.#now() < kept.until) return Promise.resolve(kept.text)
    const fetching = this.#fetching.get(file) ?? this.#refresh(file)
    this.#fetching.set(file, fetching)
    return fetching
  }

  async #refresh(file: SchemaFile): Promise<string | undefined> {
    try {
      const text = await this.#fetch(UPSTREAM_NAMES[file])
      this.#kept.set(file, {
        text,
        until: this.#now() + (text === undefined ? MISSED_MS : KEPT_MS),
      })
      return text
    } finally {
      this.#fetching.delete(file)
    }
  }
}

/** Every `address` element's location, which is the upstream's own name, becomes the gateway's. */
function withAddress(wsdl: string, gatewayUrl: string): string {
  const location = gatewayUrl
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('"', '&quot;')
  return wsdl.replace(
    /(<(?:[A-Za-z_][\w.-]*:)?address\s[^<>]*?\blocation\s*=\s*)(?:"[^"<]*"|'[^'<]*')/g,
    (_, before: string) => `${before}"${location}"`,
  )
}
