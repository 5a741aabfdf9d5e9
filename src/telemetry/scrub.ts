/**
 * What may be written where people read: text without credentials, values without secrets.
 *
 * @module
 */

/** Instead of whatever must not be shown. */
const SECRET = '[secret]'

/** Members that hold credentials, by their names. */
const CREDENTIAL_NAME =
  /authorization|password|passphrase|passwd|secret|credential|cookie|token|(private|master|signing|api)[-_ ]?key$/i

/** Credentials within text: those of an HTTP header (no word of prose), and those of a URL. */
const IN_HEADER =
  /\b([Bb]asic|BASIC|[Bb]earer|BEARER|NTLM|[Nn]egotiate)\s+(?=[a-z._~-]*[A-Z0-9+/=])[\w+/=.~-]{4,}/g
const IN_URL = /(\b[a-z][a-z0-9+.-]*:\/\/)[^\s/?#@"']+@/gi

/** What would end a line or command a terminal, and JSON leaves bare. */
const BARE = /[\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g

/** How deep a value is shown, and how many elements of a list or members of an object. */
const MAX_DEPTH = 5
const MAX_MEMBERS = 100

/** Text without the credentials of headers and URLs that it quotes, and without bare controls. */
export const scrubText = (text: string): string =>
  text
    .replace(IN_HEADER, `$1 ${SECRET}`)
    .replace(IN_URL, `$1${SECRET}@`)
    .replace(BARE, unit => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)

/** A copy for a log: credentials left out by name, errors with their causes, bytes by number. */
export function scrub(members: object): Record<string, unknown> {
  return scrubMembers(members, 0)
}

function scrubMembers(members: object, depth: number): Record<string, unknown> {
  const copy: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(members).slice(0, MAX_MEMBERS)) {
    copy[name] = CREDENTIAL_NAME.test(name) ? SECRET : scrubValue(value, depth + 1)
  }
  return copy
}

function scrubValue(value: unknown, depth: number): unknown {
  if (typeof value === 'bigint') return value.toString()
  if (typeof value !== 'object' || value === null) return value
  if (depth > MAX_DEPTH) return '[deep]'
  if (value instanceof Error) return scrubError(value, depth)
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`
  if (value instanceof Map) return scrubMembers(Object.fromEntries(value), depth)
  if (Array.isArray(value) || value instanceof Set) return scrubList([...value], depth)
  if ('toJSON' in value && typeof value.toJSON === 'function') return value.toJSON()
  return scrubMembers(value, depth)
}

const scrubList = (list: readonly unknown[], depth: number) =>
  list.slice(0, MAX_MEMBERS).map(element => scrubValue(element, depth + 1))

/** Its plain members (a code, a reason, an address) besides; not the objects it drags along. */
function scrubError(error: Error, depth: number): Record<string, unknown> {
  const plain = Object.entries(error).filter(([, value]) => typeof value !== 'object')
  const { name, message, stack, cause } = error
  return {
    ...scrubMembers(Object.fromEntries(plain), depth),
    type: name,
    message,
    stack,
    ...(cause !== undefined && { cause: scrubValue(cause, depth + 1) }),
    ...(error instanceof AggregateError && { errors: scrubList(error.errors, depth) }),
  }
}
