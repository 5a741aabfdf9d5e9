/**
 * Reads the kind of content from the header of a MIME entity.
 *
 * @see https://www.rfc-editor.org/rfc/rfc2045
 *
 * @module
 */

/** Kind of content that a header announces. `unknown`: two servers could find different content. */
export type Content =
  | Readonly<{ kind: 'leaf' | 'message' | 'unknown' }>
  | Readonly<{ kind: 'multipart'; boundary: string }>
  | Readonly<{ kind: 'calendar'; encoding: Encoding }>

/** Encoding of a calendar's text. */
export type Encoding = 'identity' | 'base64' | 'quoted-printable'

const UNKNOWN: Content = { kind: 'unknown' }
const LEAF: Content = { kind: 'leaf' }

const IDENTITY: ReadonlySet<string> = new Set(['7bit', '8bit', 'binary'])
/** Content types of messages whose header is read like that of the message around them. */
const MESSAGES: ReadonlySet<string> = new Set(['message/global', 'message/news', 'message/rfc822'])
/** Content types of parts that consist of header fields and have no content. */
const REPORTS: ReadonlySet<string> = new Set([
  'message/delivery-status',
  'message/disposition-notification',
  'message/feedback-report',
])
const CHARSET = /^(?:utf-8|us-ascii|iso-8859-\d+|windows-125\d)$/i
const BOUNDARY = /^[!-~ ]{0,199}[!-~]$/
const MEDIA = /^\s*([\w!#$&^.+-]+\/[\w!#$&^.+-]+)\s*((?:;.*)?)$/s
const PARAMETER = /;\s*([\w!#$&^.+*'-]+)\s*=\s*("[^"\\]*"|[^\s"();]+)\s*/gy
const FIELD = /^([!-9;-~]+):(.*)/s

/**
 * Whether an empty line ends a header for all readers. Some look for two equal line ends, so they read on at `\n\r\n` or
 * `\r\n\n`; and some skip empty lines before a header.
 *
 * @param header - lines so far, each with a line feed
 * @param isCr - whether the empty line has a carriage return
 */
export const endsHeader = (header: string, isCr: boolean): boolean =>
  header !== '' && header.endsWith('\r\n') === isCr

/** Splits a header into its fields, and unfolds them. */
export const fieldsOf = (header: string): readonly string[] =>
  header
    .replace(/\r?\n[ \t]+/g, ' ')
    .split(/\r?\n/)
    .filter(field => field !== '')

/**
 * Reads the header of a part.
 *
 * @param header - its lines, in Latin-1
 */
export function contentOfPart(header: string): Content {
  const fields: (readonly [name: string, value: string])[] = []
  for (const field of fieldsOf(header)) {
    const [, name, value = ''] = FIELD.exec(field) ?? []
    if (name === undefined) return UNKNOWN
    fields.push([name, value])
  }
  return contentOf(fields)
}

/**
 * Returns the content that the fields of a header describe.
 *
 * @param fields - names as written, and values
 */
export function contentOf(fields: readonly (readonly [name: string, value: string])[]): Content {
  const said = new Map<string, string>()
  for (const [written, value] of fields) {
    const name = written.replace(/[^!-~]/g, '').toLowerCase()
    if (name !== 'content-type' && name !== 'content-transfer-encoding') continue
    if (said.has(name) || written.toLowerCase() !== name) return UNKNOWN
    said.set(name, value)
  }
  const encoding = (said.get('content-transfer-encoding') ?? '7bit').trim().toLowerCase()
  const type = said.get('content-type')
  return type === undefined ? LEAF : contentOfType(type, encoding)
}

function contentOfType(value: string, encoding: string): Content {
  const [, written, rest = ''] = MEDIA.exec(value) ?? []
  if (written === undefined) return UNKNOWN
  const media = written.toLowerCase()
  const isIdentity = IDENTITY.has(encoding)
  if (media.startsWith('multipart/')) return isIdentity ? multipart(media, rest) : UNKNOWN
  if (MESSAGES.has(media)) return isIdentity ? { kind: 'message' } : UNKNOWN
  if (media === 'text/calendar') return calendar(rest, isIdentity ? 'identity' : encoding)
  const isOdd = media.startsWith('message/') && !REPORTS.has(media)
  return isOdd || /calendar|ms-tnef/.test(media) ? UNKNOWN : LEAF
}

/** Returns the kind of content of a multipart. Parts of a digest are messages by default. */
function multipart(media: string, rest: string): Content {
  const boundary = parametersOf(rest)?.get('boundary')
  if (media === 'multipart/digest' || boundary === undefined) return UNKNOWN
  return BOUNDARY.test(boundary) ? { kind: 'multipart', boundary } : UNKNOWN
}

function calendar(rest: string, encoding: string): Content {
  const charset = parametersOf(rest)?.get('charset')
  if (parametersOf(rest) === undefined || (charset !== undefined && !CHARSET.test(charset)))
    return UNKNOWN
  const isKnown =
    encoding === 'identity' || encoding === 'base64' || encoding === 'quoted-printable'
  return isKnown ? { kind: 'calendar', encoding } : UNKNOWN
}

/** Returns the parameters by name, or undefined if servers could find different ones. */
function parametersOf(text: string): ReadonlyMap<string, string> | undefined {
  const found = new Map<string, string>()
  let isClear = true
  const rest = text.replace(PARAMETER, (_, written: string, value: string) => {
    const name = written.toLowerCase()
    if (found.has(name) || /^(boundary|charset)\*/.test(name)) isClear = false
    found.set(name, value.replaceAll('"', ''))
    return ''
  })
  return isClear && /^[;\s]*$/.test(rest) ? found : undefined
}
