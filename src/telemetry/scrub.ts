/**
 * Removes credentials and secrets from texts and values before they are logged.
 *
 * @module
 */

import { visible } from '../model/visible-text.ts'

/** Replacement for secrets. */
const SECRET = '[secret]'

/** Pattern for the names of members that contain credentials. */
const CREDENTIAL_NAME =
  /authorization|password|passphrase|passwd|secret|credential|cookie|token|(private|master|signing|api)[-_ ]?key$/i

/** Patterns of credentials in text: in an HTTP header, and in a URL. */
const IN_HEADER =
  /\b([Bb]asic|BASIC|[Bb]earer|BEARER|NTLM|[Nn]egotiate)\s+(?=[a-z._~-]*[A-Z0-9+/=])[\w+/=.~-]{4,}/g
const IN_URL = /(\b[a-z][a-z0-9+.-]*:\/\/)[^\s/?#@"']+@/gi

/** Maximum depth of a value, and maximum number of elements of a list or members of an object. */
const MAX_DEPTH = 5
const MAX_MEMBERS = 100

/** Returns text without the credentials of headers and URLs in it, and with control characters escaped. */
export const scrubText = (text: string): string =>
  visible(text.replace(IN_HEADER, `$1 ${SECRET}`).replace(IN_URL, `$1${SECRET}@`))

/**
 * Returns a copy for a log. Removes members whose names are those of credentials, adds the causes of errors, and
 * replaces bytes by their number.
 */
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

/** Returns an error with its simple members, such as a code or an address, but without objects that it refers to. */
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
