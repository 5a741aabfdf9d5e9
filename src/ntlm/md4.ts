/**
 * MD4, which NTLM requires to hash passwords, and which OpenSSL 3 no longer offers. Don't use it for anything else.
 *
 * @see https://www.rfc-editor.org/rfc/rfc1320
 *
 * @module
 */

const BLOCK_BYTES = 64

/** Constant that each of the three rounds adds. */
const ADDED = [0, 0x5a827999, 0x6ed9eba1] as const

const SHIFTS = [
  [3, 7, 11, 19],
  [3, 5, 9, 13],
  [3, 9, 11, 15],
] as const

/** Order in which the steps of each round use the words of a block. */
const WORDS = [
  [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
  [0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15],
  [0, 8, 4, 12, 2, 10, 6, 14, 1, 9, 5, 13, 3, 11, 7, 15],
] as const

const MIX = [
  (x: number, y: number, z: number) => (x & y) | (~x & z),
  (x: number, y: number, z: number) => (x & y) | (x & z) | (y & z),
  (x: number, y: number, z: number) => x ^ y ^ z,
] as const

type State = readonly [a: number, b: number, c: number, d: number]

/** Returns the hash: 16 bytes. */
export function md4(message: Uint8Array): Buffer {
  const padded = pad(message)
  let state: State = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476]
  for (let at = 0; at < padded.length; at += BLOCK_BYTES) {
    state = withBlock(state, padded.subarray(at, at + BLOCK_BYTES))
  }
  const hash = Buffer.alloc(16)
  for (const [index, word] of state.entries()) hash.writeUInt32LE(word >>> 0, index * 4)
  return hash
}

/** Appends a one bit, zeros, and the length in bits. */
function pad(message: Uint8Array): Buffer {
  const blocks = Math.ceil((message.length + 9) / BLOCK_BYTES)
  const padded = Buffer.alloc(blocks * BLOCK_BYTES)
  padded.set(message)
  padded[message.length] = 0x80
  padded.writeBigUInt64LE(BigInt(message.length) * 8n, padded.length - 8)
  return padded
}

function withBlock(before: State, block: Buffer): State {
  let [a, b, c, d] = before
  for (const round of [0, 1, 2] as const) {
    for (const [step, word] of WORDS[round].entries()) {
      const sum = a + MIX[round](b, c, d) + block.readUInt32LE(word * 4) + ADDED[round]
      const turned = rotate(sum, SHIFTS[round][step % 4] ?? 0)
      ;[a, b, c, d] = [d, turned, b, c]
    }
  }
  return [(before[0] + a) | 0, (before[1] + b) | 0, (before[2] + c) | 0, (before[3] + d) | 0]
}

const rotate = (word: number, bits: number) => (word << bits) | ((word | 0) >>> (32 - bits))
