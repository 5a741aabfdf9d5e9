/**
 * The header TimeZoneContext. The gateway reads the elements that it can contain, and writes it itself.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/timezonecontext
 *
 * @module
 */

import { TYPES_NS } from '../model/envelope.ts'
import { Failure } from '../model/failure.ts'
import type { Name } from '../xml/names.ts'
import type { Tag } from '../xml/tag.ts'
import { escapeXml } from '../xml/text.ts'
import type { HeaderPart, Headers } from './header-part.ts'

const rejected = (what: string) => new Failure('header-refused', what)

/** Elements, with the attributes that each can have. */
const ELEMENTS: ReadonlyMap<string, readonly string[]> = new Map([
  ['TimeZoneContext', []],
  ['TimeZoneDefinition', ['Id', 'Name']],
  ['Periods', []],
  ['Period', ['Bias', 'Name', 'Id']],
  ['TransitionsGroups', []],
  ['TransitionsGroup', ['Id']],
  ['Transitions', []],
  ['Transition', []],
  ['AbsoluteDateTransition', []],
  ['RecurringDateTransition', []],
  ['RecurringDayTransition', []],
  ['To', ['Kind']],
  ['DateTime', []],
  ['TimeOffset', []],
  ['Month', []],
  ['Day', []],
  ['DayOfWeek', []],
  ['Occurrence', []],
])

/** Elements with text and no elements. */
const LEAVES: ReadonlySet<string> = new Set([
  'To',
  'DateTime',
  'TimeOffset',
  'Month',
  'Day',
  'DayOfWeek',
  'Occurrence',
])

export class TimeZonePart implements HeaderPart {
  readonly #open: string[] = []
  #written = ''

  open(tag: Tag): void {
    const { local } = tag.name
    const allowed = tag.namespace === TYPES_NS ? ELEMENTS.get(local) : undefined
    const isRoot = this.#open.length === 0
    if (allowed === undefined || isRoot !== (local === 'TimeZoneContext') || this.#inLeaf())
      throw rejected(`TimeZoneContext can't contain ${tag.name.written} there`)

    const attributes = tag.attributes.map(({ written }) => {
      if (!allowed.includes(written)) throw rejected(`${local} has the attribute ${written}`)
      return ` ${written}="${escapeXml(tag.attribute(written) ?? '')}"`
    })
    const namespace = isRoot ? ` xmlns="${TYPES_NS}"` : ''
    this.#written += `<${local}${namespace}${attributes.join('')}>`
    this.#open.push(local)
  }

  text(value: string): void {
    if (!this.#inLeaf() && value.trim() !== '') throw rejected('text inside TimeZoneContext')
    if (this.#inLeaf()) this.#written += escapeXml(value)
  }

  close({ local }: Name): void {
    this.#open.pop()
    this.#written += `</${local}>`
  }

  failure = rejected

  result(): Headers {
    return { timeZoneContext: this.#written }
  }

  #inLeaf(): boolean {
    return LEAVES.has(this.#open.at(-1) ?? '')
  }
}
