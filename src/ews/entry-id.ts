/**
 * Reads the address in the entry ID of a sender.
 *
 * Only a one-off entry ID has the address itself. The entry ID of a user in the address book has a distinguished name, which
 * can't be compared with a user.
 *
 * @see https://learn.microsoft.com/openspecs/exchange_server_protocols/ms-oxcdata
 *
 * @module
 */

/** Provider of one-off entry IDs, as characters. */
const ONE_OFF = '\x81\x2b\x1f\xa4\xbe\xa3\x10\x19\x9d\x6e\x00\xdd\x01\x0f\x54\x02'
const PROVIDER_AT = 4
const FLAGS_AT = 22
const TEXTS_AT = 24
/** Flag of texts in UTF-16, in the second byte of the flags. */
const UNICODE = 0x80

/**
 * Returns the address in a one-off entry ID, and '' if it has none that can be compared with a user. Returns undefined for
 * an entry ID of another kind.
 *
 * @param base64 - the entry ID
 */
export function addressInEntryId(base64: string): string | undefined {
  const bytes = decoded(base64)
  if (bytes?.slice(PROVIDER_AT, PROVIDER_AT + ONE_OFF.length) !== ONE_OFF) return undefined
  const isUnicode = (bytes.charCodeAt(FLAGS_AT + 1) & UNICODE) !== 0
  const texts = bytes.slice(TEXTS_AT)
  const [, type = '', address = ''] = (isUnicode ? fromUtf16(texts) : texts).split('\0')
  return type.toUpperCase() === 'SMTP' ? address : ''
}

function decoded(base64: string): string | undefined {
  try {
    return atob(base64)
  } catch {
    return undefined
  }
}

const fromUtf16 = (bytes: string): string =>
  bytes.replace(/([\s\S])([\s\S])/g, (_, low: string, high: string) =>
    String.fromCharCode(low.charCodeAt(0) | (high.charCodeAt(0) << 8)),
  )
