/**
 * Decodes the bytes of a CSV file, for the command line and the console. Runs in browsers.
 *
 * Fails on bytes that it cannot decode, because a replacement character would become part of a name.
 *
 * @module
 */

/** A file is neither UTF-8 nor UTF-16 with a byte order mark. The message names the line, and says what to do. */
export class CsvTextError extends Error {
  override readonly name = 'CsvTextError'
}

const ADVICE = 'Save the file as UTF-8 (in Excel: CSV UTF-8), and import it again.'

/** Length of a byte order mark of UTF-16. */
const MARK_BYTES = 2

const REPLACEMENT = '\uFFFD'

type Decoder = InstanceType<typeof TextDecoder>

/** Decodes a whole file, without its byte order mark. @throws CsvTextError */
export function decodeCsv(bytes: Uint8Array): string {
  const decoder = new CsvDecoder()
  return decoder.decode(bytes) + decoder.end()
}

/** Decodes a file in chunks of any size, without its byte order mark. */
export class CsvDecoder {
  #decoder: Decoder | undefined
  /** Bytes to decode later: all bytes until the encoding is known, then those of an incomplete character. */
  #rest: Uint8Array = new Uint8Array()
  #line = 1
  #endsWithReturn = false

  /** @throws CsvTextError */
  decode(chunk: Uint8Array): string {
    const bytes = joined(this.#rest, chunk)
    if (!this.#decoder && bytes.length < MARK_BYTES) {
      this.#rest = bytes
      return ''
    }
    const decoder = this.#begin(bytes)
    const end = decoder.encoding === 'utf-8' ? wholeCharacters(bytes) : bytes.length
    this.#rest = bytes.slice(end)
    return this.#text(decoder, bytes.subarray(0, end), true)
  }

  /** Returns the rest of the text. @throws CsvTextError if the file ends within a character */
  end(): string {
    return this.#text(this.#begin(this.#rest), this.#rest, false)
  }

  #begin(bytes: Uint8Array): Decoder {
    this.#decoder ??= new TextDecoder(encodingOf(bytes), { fatal: true })
    return this.#decoder
  }

  #text(decoder: Decoder, bytes: Uint8Array, stream: boolean): string {
    try {
      const text = decoder.decode(bytes, { stream })
      this.#countLines(text)
      return text
    } catch (cause) {
      const problem =
        decoder.encoding === 'utf-8' ? this.#problemIn(bytes) : 'The file is not valid UTF-16.'
      throw new CsvTextError(`${problem} ${ADVICE}`, { cause })
    }
  }

  #problemIn(bytes: Uint8Array): string {
    const { before, byte } = firstWrong(bytes)
    this.#countLines(before)
    const code = byte.toString(16).toUpperCase()
    return `Line ${this.#line} has the byte 0x${code}, which is not UTF-8.`
  }

  /** Counts line ends: `\r\n`, `\n`, and `\r`. Counts `\r\n` once, even if a chunk ends between the two. */
  #countLines(text: string): void {
    if (text === '') return
    const breaks = text.match(/\r\n|\n|\r/g)?.length ?? 0
    this.#line += breaks - Number(this.#endsWithReturn && text.startsWith('\n'))
    this.#endsWithReturn = text.endsWith('\r')
  }
}

function encodingOf([first, second]: Uint8Array): string {
  if (first === 0xff && second === 0xfe) return 'utf-16le'
  return first === 0xfe && second === 0xff ? 'utf-16be' : 'utf-8'
}

/** Returns the number of bytes without an incomplete UTF-8 character at the end. */
function wholeCharacters(bytes: Uint8Array): number {
  for (const [behind, byte] of bytes.slice(-3).reverse().entries()) {
    if (isContinuation(byte)) continue
    return lengthOf(byte) > behind + 1 ? bytes.length - behind - 1 : bytes.length
  }
  return bytes.length
}

const isContinuation = (byte: number) => byte >= 0x80 && byte < 0xc0

/** Returns the number of bytes of a UTF-8 character from its first byte. */
function lengthOf(first: number): number {
  if (first < 0xc0) return 1
  if (first < 0xe0) return 2
  return first < 0xf0 ? 3 : 4
}

/** Returns the first byte that is not UTF-8, and the text before it. @param bytes - must have such a byte */
function firstWrong(bytes: Uint8Array) {
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)
  let [at, offset] = [0, 0]
  for (;;) {
    const next = text.indexOf(REPLACEMENT, at)
    offset += new TextEncoder().encode(text.slice(at, next)).length
    const byte = bytes[offset] ?? 0
    // Skips replacement characters that the file itself contains.
    if (!isReplacement(bytes.subarray(offset, offset + 3)))
      return { before: text.slice(0, next), byte }
    ;[at, offset] = [next + 1, offset + 3]
  }
}

const isReplacement = ([first, second, third]: Uint8Array) =>
  first === 0xef && second === 0xbf && third === 0xbd

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const both = new Uint8Array(a.length + b.length)
  both.set(a)
  both.set(b, a.length)
  return both
}
