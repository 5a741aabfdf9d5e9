/**
 * Mutated requests, each known by its number.
 *
 * @module
 */

import { HARMFUL } from './mutations.ts'
import { HARMLESS } from './mutations-harmless.ts'
import { Random } from './random.ts'
import { placeRequests, realRequests } from './seeds.ts'
import { type Tokens, tokensOf } from './tokens.ts'

/** Bytes that readers like to disagree about. */
const BYTES: readonly (readonly number[])[] = [
  [0x00],
  [0x0b],
  [0x0c],
  [0x1b],
  [0x7f],
  [0x85],
  [0xa0],
  [0xc0, 0x80],
  [0xc0, 0xbc],
  [0xe0, 0x80, 0xbc],
  [0xc2, 0x85],
  [0xed, 0xa0, 0x80, 0xed, 0xb0, 0x80],
  [0xef, 0xbb, 0xbf],
  [0xef, 0xbf, 0xbe],
  [0xf4, 0x90, 0x80, 0x80],
  [0xff, 0xfe],
  [0x3c],
  [0x3e],
  [0x26],
  [0x22],
  [0x27],
  [0x2f],
  [0x3a],
  [0x5d, 0x5d, 0x3e],
]

export class Mutants {
  readonly #seed: number
  readonly #real: readonly Tokens[] = realRequests().map(tokensOf)
  readonly #places: readonly Tokens[] = placeRequests().map(tokensOf)

  /** @param seed - the same numbers mean other mutants under another one */
  constructor(seed: number) {
    this.#seed = seed
  }

  get requests(): string {
    return `${this.#real.length} real requests and of one for each of ${this.#places.length} places of the table`
  }

  mutant(number: number): Buffer {
    const random = new Random(this.#seed, number)
    const tokens = [...random.pick(random.once(3) ? this.#places : this.#real)]
    for (let left = 1 + random.below(3); left > 0 && tokens.length > 0; left--)
      random.pick(random.below(100) < 62 ? HARMLESS : HARMFUL)(tokens, random)
    const bytes = Buffer.from(tokens.join(''))
    return random.once(12) ? damaged(bytes, random) : bytes
  }
}

function damaged(bytes: Buffer, random: Random): Buffer {
  const at = random.below(bytes.length + 1)
  const flipped = Buffer.of((bytes[at] ?? 0) ^ (1 << random.below(8)))
  const put = random.once(3) ? flipped : Buffer.from(random.pick(BYTES))
  return Buffer.concat([bytes.subarray(0, at), put, bytes.subarray(at + random.below(3))])
}
