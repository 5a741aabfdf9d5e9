/**
 * The files of the console, as `npm run build` made them.
 *
 * @module
 */

import { readFile } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { type ByteBudget, overBudget, type Reservation } from '../../http/byte-budget.ts'
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
/** Compressions that the build makes, the best first, and the endings of their files. */
const ENCODINGS = { br: '.br', gzip: '.gz' } as const

type Encoding = keyof typeof ENCODINGS

const NOT_BUILT = 'The console is not built. Run `npm run build`, and load this page again.\n'

export class ConsoleFiles {
  readonly #folder: string
  readonly #reservation: Reservation
  /** By path below the folder: read when first asked for, and kept. */
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
   * The file of a path below `/console/`, or the console's one page if there is none: which view it
   * shows is its own affair.
   *
   * @param acceptEncoding - the header
   * @throws Failure `over-budget`
   */
  async answer(path: string, acceptEncoding: string | undefined): Promise<Answer> {
    const found = NAME.test(path) ? await this.#find(path, acceptEncoding) : undefined
    if (found) return found
    if (path.startsWith(ASSETS)) return plain(404, 'There is no such file\n')
    return (await this.#find('index.html', acceptEncoding)) ?? plain(503, NOT_BUILT)
  }

  async #find(name: string, acceptEncoding: string | undefined): Promise<Answer | undefined> {
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
        'Cache-Control': name.startsWith(ASSETS) ? FOR_EVER : 'no-cache',
        Vary: 'Accept-Encoding',
        ...(dense && { 'Content-Encoding': encoding }),
      },
    }
  }

  /** Names of no file are forgotten, because clients can make up any number of them. */
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
