/**
 * Counts the items of a response while it streams.
 *
 * It searches the bytes for the start tags of item IDs, which is many times faster than parsing. Servers escape `<` in
 * text, so only a tag looks like one. An item's ID is the first child of the item, or follows its MimeContent. In a
 * response to ExportItems, it follows the ResponseCode. The IDs of deleted items, of items that were only read, of
 * occurrences, and of contacts among recipients are at other places.
 *
 * @module
 */

const NEEDLE = Buffer.from('ItemId ')
/** Bytes before an ID that show its place: the tag before it, and white space. */
const BEFORE = 256
/** Number of bytes that are kept of a chunk: an ID that begins in it can end in the next one. */
const KEPT = BEFORE + NEEDLE.length
const [SPACE, SLASH, COLON, LESS_THAN, GREATER_THAN] = [0x20, 0x2f, 0x3a, 0x3c, 0x3e]
const NOTHING = Buffer.of()

/** Ends of the names of elements that begin with the ID of an item that is not returned. */
const OTHERS = ['Delete', 'ReadFlagChange', 'Mailbox', 'Occurrence'].map(name => Buffer.from(name))
/** Ends of the names of elements that an item's ID can follow. */
const SIBLINGS = ['MimeContent', 'ResponseCode'].map(name => Buffer.from(name))

export class ItemCounter {
  #count = 0
  /** Last bytes of the chunks before. They are not copied, so the last chunk stays in memory. */
  #last: Buffer = NOTHING

  get count(): number {
    return this.#count
  }

  /** Takes the next chunk. */
  add(chunk: Uint8Array): void {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length)
    const border = Buffer.concat([this.#last, bytes.subarray(0, KEPT)])
    this.#search(border, Math.max(0, this.#last.length - NEEDLE.length + 1))
    this.#search(bytes, KEPT - NEEDLE.length + 1)
    this.#last = (bytes.length >= KEPT ? bytes : border).subarray(-KEPT)
  }

  #search(bytes: Buffer, from: number): void {
    for (let at = bytes.indexOf(NEEDLE, from); at >= 0; ) {
      if (isItem(bytes, at)) this.#count += 1
      at = bytes.indexOf(NEEDLE, at + NEEDLE.length)
    }
  }
}

/**
 * Returns whether a name begins the ID of a returned item. It reads bytes, because a call of a native function would take
 * longer for each item than all the rest.
 *
 * @param at - offset of the local name
 */
function isItem(bytes: Buffer, at: number): boolean {
  const start = startOfName(bytes, at) - 1
  if (bytes[start] !== LESS_THAN) return false
  let end = start - 1
  while (isSpace(bytes[end])) end -= 1
  if (bytes[end] !== GREATER_THAN) return false
  let open = end
  while (bytes[open] !== undefined && bytes[open] !== LESS_THAN) open -= 1
  const isEnd = bytes[open + 1] === SLASH
  // A name has at least one byte, so its end comes after the second byte of a start tag, too.
  const nameEnd = endOfName(bytes, open + 2)
  return isEnd || bytes[end - 1] === SLASH
    ? endsWithAny(bytes, nameEnd, SIBLINGS)
    : !endsWithAny(bytes, nameEnd, OTHERS)
}

/** Returns the offset of a name with its prefix. @param at - offset of the local name */
function startOfName(bytes: Buffer, at: number): number {
  if (bytes[at - 1] !== COLON) return at
  let start = at
  while (!isDelimiter(bytes[start - 1])) start -= 1
  return start
}

function endOfName(bytes: Buffer, start: number): number {
  let end = start
  while (!isDelimiter(bytes[end])) end += 1
  return end
}

function endsWithAny(bytes: Buffer, end: number, names: readonly Buffer[]): boolean {
  for (const name of names) if (endsWith(bytes, end, name)) return true
  return false
}

function endsWith(bytes: Buffer, end: number, name: Buffer): boolean {
  let length = name.length
  while (length > 0 && bytes[end - name.length + length - 1] === name[length - 1]) length -= 1
  return length === 0
}

/** Whether a byte ends a name. So does the beginning of the bytes. */
const isDelimiter = (byte: number | undefined): boolean =>
  byte === undefined ||
  isSpace(byte) ||
  byte === LESS_THAN ||
  byte === GREATER_THAN ||
  byte === SLASH

const isSpace = (byte: number | undefined): boolean =>
  byte === SPACE || (byte !== undefined && byte >= 0x09 && byte <= 0x0d)
