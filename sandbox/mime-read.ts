/**
 * Reads MIME content into the parts of an item, in the forms that mail programs write.
 *
 * @module
 */

/** A file inside a message. */
export type MimeFile = Readonly<{
  name: string
  contentType: string
  contentId: string | undefined
  isInline: boolean
  content: Buffer
}>

/** A mailbox in a header. If it has no name, `name` is the address. */
export type MimeAddress = Readonly<{ name: string; address: string }>

/** Content from which an item can be created. */
export type MimeMessage = Readonly<{
  /** Decoded and unfolded headers, in order. */
  headers: readonly (readonly [name: string, value: string])[]
  text: string | undefined
  html: string | undefined
  /** The whole text/calendar part. */
  calendar: string | undefined
  files: readonly MimeFile[]
}>

type Part = Readonly<{ headers: MimeMessage['headers']; body: Buffer }>

/** DavMail creates items from calendars that are not in a message. */
const BARE_CALENDAR = 'BEGIN:VCALENDAR'

/** Maximum depth of nested parts. */
const DEPTH = 20

/** Reads a message, or a calendar without a message. Content that is not MIME is plain text. */
export function readMime(bytes: Buffer): MimeMessage {
  if (bytes.subarray(0, BARE_CALENDAR.length).toString() === BARE_CALENDAR)
    return { headers: [], text: undefined, html: undefined, calendar: `${bytes}`, files: [] }
  const message = readPart(bytes)
  const found = { text: [] as string[], html: [] as string[], calendar: [] as string[] }
  const files: MimeFile[] = []
  for (const part of leaves(message, 0)) {
    const { value: type, parameters } = headerOf(part, 'content-type')
    const kind = KINDS[type.toLowerCase() || 'text/plain']
    const disposition = headerOf(part, 'content-disposition')
    const name = disposition.parameters['filename'] ?? parameters['name']
    const isText = kind !== undefined && disposition.value.toLowerCase() !== 'attachment'
    if (isText && name === undefined) found[kind].push(textOf(part, parameters['charset']))
    else files.push(fileOf(part, type, name, disposition.value))
  }
  const [text, html, calendar] = [found.text[0], found.html[0], found.calendar[0]]
  return { headers: message.headers, text, html, calendar, files }
}

/** Returns the texts of all `text/calendar` parts, at any place. */
export const calendarParts = (bytes: Buffer): readonly string[] => calendarsIn(readPart(bytes), 0)

/** Maximum depth of nested parts that are searched for calendars. */
const CALENDAR_DEPTH = 100

function calendarsIn(part: Part, depth: number): readonly string[] {
  const { value, parameters } = headerOf(part, 'content-type')
  const type = value.toLowerCase()
  if (type === 'text/calendar') return [textOf(part, parameters['charset'])]
  if (depth > CALENDAR_DEPTH) return []
  if (type === 'message/rfc822') return calendarsIn(readPart(contentOf(part)), depth + 1)
  const boundary = parameters['boundary']
  if (!type.startsWith('multipart/') || boundary === undefined) return []
  return splitParts(part.body, boundary).flatMap(inner => calendarsIn(readPart(inner), depth + 1))
}

const KINDS: Readonly<Record<string, 'text' | 'html' | 'calendar' | undefined>> = {
  'text/plain': 'text',
  'text/html': 'html',
  'text/calendar': 'calendar',
}

/** Returns the first header with a name. */
export const mimeHeader = ({ headers }: Pick<MimeMessage, 'headers'>, name: string) =>
  headers.find(([header]) => header.toLowerCase() === name.toLowerCase())?.[1]

/** Returns the addresses in a header like To. */
export function readAddresses(header: string | undefined): readonly MimeAddress[] {
  const entries = (header ?? '').match(/(?:"(?:\\.|[^"\\])*"|<[^>]*>|[^,"<])+/g) ?? []
  return entries
    .map(entry => {
      const [, address = entry.replace(/\(.*/, '')] = /<([^>]*)>/.exec(entry) ?? []
      const name = entry
        .replace(/<[^>]*>/, '')
        .trim()
        .replace(/^"|"$/g, '')
        .replace(/\\(.)/g, '$1')
      return { address: address.trim(), name: name || address.trim() }
    })
    .filter(({ address }) => address.includes('@'))
}

function readPart(bytes: Buffer): Part {
  const [end, length] = headerEnd(bytes)
  const lines = bytes
    .toString('utf8', 0, end)
    .replace(/\r?\n[ \t]+/g, ' ')
    .split(/\r?\n/)
  const headers = lines
    .map(line => /^([!-9;-~]+):\s*(.*)$/.exec(line))
    .filter(match => match !== null)
    .map(([, name = '', value = '']) => [name, decodeWords(value)] as const)
  return { headers, body: bytes.subarray(end + length) }
}

function headerEnd(bytes: Buffer): readonly [end: number, length: number] {
  const crlf = bytes.indexOf('\r\n\r\n')
  const lf = bytes.indexOf('\n\n')
  if (crlf >= 0 && (lf < 0 || crlf < lf)) return [crlf, 4]
  return lf >= 0 ? [lf, 2] : [bytes.length, 0]
}

function leaves(part: Part, depth: number): readonly Part[] {
  const { value, parameters } = headerOf(part, 'content-type')
  const boundary = parameters['boundary']
  if (!/^multipart\//i.test(value) || boundary === undefined || depth > DEPTH) return [part]
  return splitParts(part.body, boundary).flatMap(inner => leaves(readPart(inner), depth + 1))
}

function splitParts(body: Buffer, boundary: string): readonly Buffer[] {
  const delimiter = Buffer.from(`--${boundary}`)
  const parts: Buffer[] = []
  let start = body.indexOf(delimiter)
  while (start >= 0) {
    const from = body.indexOf('\n', start) + 1
    const next = from > 0 ? body.indexOf(delimiter, from) : -1
    if (next < 0) break
    const end = body[next - 2] === 0x0d ? next - 2 : next - 1
    parts.push(body.subarray(from, Math.max(from, end)))
    start = next
  }
  return parts
}

function headerOf(part: Part, name: string) {
  const [value = '', ...rest] = (mimeHeader(part, name) ?? '').split(/;(?=(?:[^"]*"[^"]*")*[^"]*$)/)
  const parameters: Record<string, string> = {}
  for (const parameter of rest) {
    const [, key = '', quoted = ''] = /^\s*([^=\s]+)\s*=\s*(.*?)\s*$/s.exec(parameter) ?? []
    const plain = quoted.replace(/^"|"$/g, '').replace(/\\(.)/g, '$1')
    const extended = /^([\w-]*)'[^']*'(.*)$/.exec(plain)
    if (key.endsWith('*') && extended !== null)
      parameters[key.slice(0, -1).toLowerCase()] = decodePercent(extended[2] ?? '')
    else parameters[key.toLowerCase()] ??= plain
  }
  return { value: value.trim(), parameters }
}

function decodePercent(text: string): string {
  const bytes = text.replace(/%([0-9a-fA-F]{2})/g, (_, hex) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  )
  return Buffer.from(bytes, 'latin1').toString('utf8')
}

function contentOf(part: Part): Buffer {
  const encoding = (mimeHeader(part, 'content-transfer-encoding') ?? '').trim().toLowerCase()
  if (encoding === 'base64') return Buffer.from(part.body.toString('latin1'), 'base64')
  if (encoding === 'quoted-printable') return decodeQuoted(part.body.toString('latin1'))
  return part.body
}

const decodeQuoted = (text: string) =>
  Buffer.from(
    text
      .replace(/[ \t]+(?=\r?\n|$)/g, '')
      .replace(/=\r?\n/g, '')
      .replace(/=([0-9a-fA-F]{2})/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  )

const textOf = (part: Part, charset: string | undefined) => decode(contentOf(part), charset)

function decode(bytes: Buffer, charset: string | undefined): string {
  try {
    return new TextDecoder(charset ?? 'utf-8').decode(bytes)
  } catch {
    return bytes.toString('latin1')
  }
}

function fileOf(part: Part, type: string, name: string | undefined, disposition: string): MimeFile {
  const contentId = mimeHeader(part, 'content-id')?.trim().replace(/^<|>$/g, '')
  return {
    name: name ?? 'attachment',
    contentType: type || 'application/octet-stream',
    contentId,
    isInline: disposition.toLowerCase() === 'inline',
    content: contentOf(part),
  }
}

/** Decodes encoded words of RFC 2047. */
const decodeWords = (value: string) =>
  value
    .replace(/(=\?[^?]*\?[BbQq]\?[^?]*\?=)\s+(?==\?)/g, '$1')
    .replace(/=\?([^?*]*)[^?]*\?([BbQq])\?([^?]*)\?=/g, (_, charset, encoding, text: string) =>
      decode(
        /b/i.test(encoding) ? Buffer.from(text, 'base64') : decodeQuoted(text.replace(/_/g, ' ')),
        charset,
      ),
    )
