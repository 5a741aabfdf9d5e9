/**
 * The files of the console, as `npm run build` made them.
 *
 * @module
 */

import { readFile, stat } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import type { Answer } from '../wire.ts'

/** Names in folders, none of which is hidden or leads upwards. */
const NAME = /^(?:[A-Za-z0-9_-][A-Za-z0-9_.-]*\/)*[A-Za-z0-9_-][A-Za-z0-9_.-]*$/
/** Files whose names change with their content. */
const ASSETS = 'assets/'
const FOR_EVER = 'public, max-age=31536000, immutable'

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.txt': 'text/plain; charset=utf-8',
}
/** These are compressed already. */
const DENSE: ReadonlySet<string> = new Set(['.png', '.woff2'])
/** In bytes: less is not worth it. */
const SMALL = 1_024

/** Compressions that browsers accept, the best first. */
const ENCODINGS = {
  br: (bytes: Buffer) =>
    promisify(brotliCompress)(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } }),
  gzip: promisify(gzip),
} as const satisfies Record<string, (bytes: Buffer) => Promise<Buffer>>

type Encoding = keyof typeof ENCODINGS

const NOT_BUILT =
  'The console has not been built: run `npm run build`, or `npm run demo`, which builds it.\n'

export class ConsoleFiles {
  readonly #folder: string
  /** Compressed once, by file, encoding and when the file was written. */
  readonly #compressed = new Map<string, Promise<Buffer>>()

  /** @param folder - with the index.html of the console */
  constructor(folder: string) {
    this.#folder = folder
  }

  /**
   * The file of a path below `/console/`, or the console's one page where there is none: which view
   * it shows is its own affair.
   *
   * @param acceptEncoding - the header
   */
  async answer(path: string, acceptEncoding: string | undefined): Promise<Answer> {
    const found = NAME.test(path) ? await this.#read(path, acceptEncoding) : undefined
    if (found) return found
    if (path.startsWith(ASSETS)) return plain(404, 'There is no such file\n')
    return (await this.#read('index.html', acceptEncoding)) ?? plain(503, NOT_BUILT)
  }

  async #read(name: string, acceptEncoding: string | undefined): Promise<Answer | undefined> {
    const file = join(this.#folder, name)
    const found = await stat(file).catch(() => undefined)
    if (!found?.isFile()) return undefined
    const ending = extname(name)
    const encoding = DENSE.has(ending) || found.size < SMALL ? undefined : best(acceptEncoding)
    const body = encoding
      ? await this.#compress(file, found.mtimeMs, encoding)
      : await readFile(file)
    return {
      status: 200,
      body,
      headers: {
        'Content-Type': TYPES[ending] ?? 'application/octet-stream',
        'Cache-Control': name.startsWith(ASSETS) ? FOR_EVER : 'no-cache',
        Vary: 'Accept-Encoding',
        ...(encoding && { 'Content-Encoding': encoding }),
      },
    }
  }

  #compress(file: string, writtenAt: number, encoding: Encoding): Promise<Buffer> {
    const name = `${encoding} ${writtenAt} ${file}`
    const known = this.#compressed.get(name)
    if (known !== undefined) return known
    const made = readFile(file).then(ENCODINGS[encoding])
    this.#compressed.set(name, made)
    made.catch(() => this.#compressed.delete(name))
    return made
  }
}

/** The best encoding that a header names without forbidding it. */
function best(acceptEncoding: string | undefined): Encoding | undefined {
  const accepted = new Map(
    (acceptEncoding ?? '').split(',').map(entry => {
      const [name = '', ...parameters] = entry.toLowerCase().split(';')
      return [name.trim(), !parameters.some(text => /^\s*q=0(?:\.0*)?\s*$/.test(text))]
    }),
  )
  const names = Object.keys(ENCODINGS) as Encoding[]
  return names.find(name => accepted.get(name) === true)
}

const plain = (status: number, body: string): Answer => ({
  status,
  body,
  headers: { 'Content-Type': 'text/plain; charset=utf-8', 'Cache-Control': 'no-store' },
})
