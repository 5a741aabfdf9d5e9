/**
 * Reads the ExchangeImpersonation header: exactly one ConnectingSID with exactly one child of plain text.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/exchangeimpersonation
 *
 * @module
 */

import { TYPES_NS } from '../model/envelope.ts'
import { Failure } from '../model/failure.ts'
import { CONNECTING_SID_KINDS, type ConnectingSid } from '../model/identity.ts'
import type { Tag } from '../xml/tag.ts'
import type { HeaderPart, Headers } from './header-part.ts'

const ambiguous = (what: string) => new Failure('impersonation-ambiguous', what)

const ROUTING: ReadonlySet<string> = new Set(['actor', 'role', 'mustUnderstand'])

/** Reads the header. The result has the impersonated user, or is empty if the header names no user. */
export class Impersonation implements HeaderPart {
  /** Number of open elements: 1 in the header, 2 in ConnectingSID, 3 in its child. */
  #depth = 0
  #sids = 0
  #kind: ConnectingSid['kind'] | undefined
  #value = ''

  open(tag: Tag): void {
    this.#depth += 1
    if (this.#depth === 1) this.#openHeader(tag)
    else if (this.#depth === 2) this.#openSid(tag)
    else this.#openName(tag)
  }

  text(value: string): void {
    if (this.#depth === 3) this.#value += value
    else if (value.trim() !== '')
      throw ambiguous('text outside of the name of the user to impersonate')
  }

  close(): void {
    this.#depth -= 1
  }

  failure = ambiguous

  result(): Headers {
    return this.#kind === undefined || this.#value === ''
      ? {}
      : { connectingSid: { kind: this.#kind, value: this.#value } }
  }

  #openHeader(tag: Tag): void {
    if (!tag.hasAttributes) return
    // Rejected, because servers ignore a header with the attribute actor or role.
    if (tag.attributes.some(({ local }) => ROUTING.has(local)))
      throw new Failure(
        'header-refused',
        'ExchangeImpersonation has the attribute actor, role, or mustUnderstand',
      )
    throw ambiguous('ExchangeImpersonation has attributes')
  }

  #openSid(tag: Tag): void {
    this.#sids += 1
    this.#expect(tag, ['ConnectingSID'])
    if (this.#sids > 1) throw ambiguous('ConnectingSID appears more than once')
  }

  /** Opens the child of ConnectingSID. Rejects a second child, and an element inside the child. */
  #openName(tag: Tag): void {
    this.#expect(tag, CONNECTING_SID_KINDS)
    if (this.#kind !== undefined) throw ambiguous('ConnectingSID contains more than one name')
    this.#kind = CONNECTING_SID_KINDS.find(kind => kind === tag.name.local)
  }

  #expect(tag: Tag, names: readonly string[]): void {
    const { local } = tag.name
    if (tag.namespace !== TYPES_NS || !names.includes(local))
      throw ambiguous(`${local} is not allowed in ExchangeImpersonation`)
    if (tag.hasAttributes) throw ambiguous(`${local} has attributes`)
  }
}
