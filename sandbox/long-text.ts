/**
 * Removes long base64 texts before XML is parsed, and restores them afterward, because the parser would need
 * seconds for an attachment of 10 MB.
 *
 * @module
 */

import { randomBytes } from 'node:crypto'

const LONG = 64 * 1024
const [LESS_THAN, GREATER_THAN, AMPERSAND] = [0x3c, 0x3e, 0x26]

/** A document without its long texts, and a function that restores them. */
export type Shortened = Readonly<{ shortened: Buffer; restore: (text: string) => string }>

/**
 * Replaces every ASCII text of more than 64 KiB without XML references by a short token. Tokens are random for each
 * document.
 */
export function cutLongTexts(bytes: Buffer): Shortened {
  if (bytes.length < LONG) return { shortened: bytes, restore: text => text }
  const nonce = randomBytes(12).toString('hex')
  const chunks: Buffer[] = []
  const cut: Buffer[] = []
  let kept = 0
  for (let next = bytes.indexOf(LESS_THAN); next >= 0; next = bytes.indexOf(LESS_THAN, next + 1)) {
    const start = bytes.lastIndexOf(GREATER_THAN, next) + 1
    if (next - start < LONG || start < kept || !isPlain(bytes.subarray(start, next))) continue
    chunks.push(bytes.subarray(kept, start), Buffer.from(`{${nonce}:${cut.length}}`))
    cut.push(bytes.subarray(start, next))
    kept = next
  }
  chunks.push(bytes.subarray(kept))
  const token = new RegExp(`\\{${nonce}:(\\d+)\\}`, 'g')
  return {
    shortened: Buffer.concat(chunks),
    restore: text =>
      text.includes(nonce)
        ? text.replace(token, (_, index) => cut[Number(index)]?.toString('latin1') ?? '')
        : text,
  }
}

const isPlain = (bytes: Buffer) =>
  !bytes.includes(AMPERSAND) && /^[\t\r\n -~]*$/.test(bytes.toString('latin1'))
