/**
 * Serves the files of the console from the output of `npm run build`.
 *
 * @module
 */

import { readFile } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { type ByteBudget, overBudget, type Reservation } from '../../http/byte-budget.ts'
import type { ControlResponse } from '../wire.ts'

/** Valid paths: without hidden names and without `..`. */
const NAME = /^(?:[A-Za-z0-9_-][A-Za-z0-9_.-]*\/)*[A-Za-z0-9_-][A-Za-z0-9_.-]*$/
/** Files whose names change with their content. */
const ASSETS = 'assets/'
const IMMUTABLE = 'public, max-age=31536000, immutable'

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
/** Content encodings in which the build creates files, the best one first, with their file name extensions. */
const ENCODINGS = { br: '.br', gzip: '.gz' } as const

type Encoding = keyof typeof ENCODINGS

const NOT_BUILT = 'The console is not built. Run `npm run build`, and load this page again.\n'

/** Reads the files of the console, and keeps them in memory. */
export class ConsoleFiles {
  readonly #folder: string
  readonly #reservation: Reservation
  /** Files by path below the folder. Each is read at its first request and kept. */
  readonly #files = new Map<string, Promise<Buffer | undefined>>()

  /**
   * @param folder - with the index.html of the console
   * @param budget - accounts for the files in memory
   */
  constructor(folder: string, budget: ByteBudget) {
    this.#folder = folder
    this.#reservation = budget.open('console')
  }

  /**
   * Returns the file of a path below `/console/`, or index.html if there is none, because the console's router
   * handles other paths.
   *
   * @param acceptEncoding - value of the header Accept-Encoding
   * @throws Failure `over-budget`
   */
  async answer(path: string, acceptEncoding: string | undefined): Promise<ControlResponse> {
    const found = NAME.test(path) ? await this.#find(path, acceptEncoding) : undefined
    if (found) return found
    if (path.startsWith(ASSETS)) return plain(404, 'File not found\n')
    return (await this.#find('index.html', acceptEncoding)) ?? plain(503, NOT_BUILT)
  }

  async #find(
    name: string,
    acceptEncoding: string | undefined,
  ): Promise<ControlResponse | undefined> {
    const encoding = best(acceptEncoding)
    const dense = encoding && (await this.#read(name + ENCODINGS[encoding]))
    const body = dense ?? (await this.#read(name))
    if (body === undefined) return undefined
    return {
      status: 200,
      body,
      isShared: true,
      headers: {
        'Content-Type': TYPES[extname(name)] ?? 'application/octet-stream',
        'Cache-Control': name.startsWith(ASSETS) ? IMMUTABLE : 'no-cache',
        Vary: 'Accept-Encoding',
        ...(dense && { 'Content-Encoding': encoding }),
      },
    }
  }

  /** Reads a file. Does not cache that a file doesn't exist, because clients can request any number of names. */
  async #read(name: string): Promise<Buffer | undefined> {
    const reading = this.#files.get(name) ?? this.#load(name)
    this.#files.set(name, reading)
    let bytes: Buffer | undefined
    try {
      bytes = await reading
    } finally {
      if (bytes === undefined) this.#files.delete(name)
    }
    return bytes
  }

  async #load(name: string): Promise<Buffer | undefined> {
    const bytes = await readFile(join(this.#folder, name)).catch(() => undefined)
    if (bytes && !this.#reservation.reserve(bytes.length)) throw overBudget()
    return bytes
  }
}

/** Returns the best encoding that a header accepts. */
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

const plain = (status: number, body: string): ControlResponse => ({
  status,
  body,
  headers: { 'Content-Type': 'text/plain; charset=utf-8', 'Cache-Control': 'no-store' },
})
