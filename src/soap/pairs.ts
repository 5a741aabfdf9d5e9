/**
 * Long runs of plain text, such as base64, four pairs of bytes at a time.
 *
 * A table says of each pair whether one of its bytes stops the run, so that a pair costs what a byte
 * does: `npm run bench -- --part micro` shows base64 at twice the bytes per second.
 *
 * @module
 */

const PAIRS = 65_536

/** By the table of single bytes. */
const TABLES = new WeakMap<Uint8Array, Uint8Array>()

function pairsOf(stops: Uint8Array): Uint8Array {
  const known = TABLES.get(stops)
  if (known !== undefined) return known
  const pairs = new Uint8Array(PAIRS)
  for (let pair = 0; pair < PAIRS; pair++)
    pairs[pair] = (stops[pair & 255] as number) | (stops[pair >> 8] as number)
  TABLES.set(stops, pairs)
  return pairs
}

/**
 * Skips bytes that do not stop a run, as long as that goes by eights.
 *
 * @param stops - by byte: not 0 where it stops a run
 * @returns where to go on byte by byte
 */
export function skipPairs(piece: Uint8Array, from: number, stops: Uint8Array): number {
  const pairs = pairsOf(stops)
  const odd = (piece.byteOffset + from) & 1
  if (odd === 1 && stops[piece[from] as number] !== 0) return from
  const start = from + odd
  const words = new Uint16Array(piece.buffer, piece.byteOffset + start, (piece.length - start) >> 1)
  const last = words.length - 4
  let i = 0
  while (
    i <= last &&
    ((pairs[words[i] as number] as number) |
      (pairs[words[i + 1] as number] as number) |
      (pairs[words[i + 2] as number] as number) |
      (pairs[words[i + 3] as number] as number)) ===
      0
  )
    i += 4
  return start + i * 2
}
