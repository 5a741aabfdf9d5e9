/**
 * Random changes of NTLM's messages.
 *
 * @module
 */

import type { Random } from '../siege/random.ts'

/** Values that often are limits. */
const EDGES = [0, 1, 2, 0x7f, 0x80, 0xff]

/** Returns a copy with one to four changes. */
export function mutate(message: Buffer, random: Random): Buffer {
  let mutant = Buffer.from(message)
  for (let left = 1 + random.below(4); left > 0; left -= 1) {
    const at = random.below(random.once(2) ? 88 : mutant.length)
    const other = random.below(mutant.length)
    switch (random.below(6)) {
      case 0:
        mutant = mutant.subarray(0, at)
        break
      case 1:
        mutant = Buffer.concat([mutant.subarray(0, at), mutant.subarray(other)])
        break
      case 2:
        mutant = Buffer.concat([mutant, mutant.subarray(at)])
        break
      case 3:
        mutant[at] = random.pick(EDGES)
        break
      case 4:
        mutant[at] = (mutant[at] ?? 0) ^ (1 << random.below(8))
        break
      default:
        mutant.copy(mutant, at, other, other + 1 + random.below(16))
    }
  }
  return mutant
}
