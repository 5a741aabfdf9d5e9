/**
 * Replaces what differs between two runs of the control API, such as IDs, times, and secrets, with the
 * placeholders of the documentation, and back.
 *
 * @module
 */

import { hash } from 'node:crypto'

/** The time at which a documented run starts. */
export const STARTED = Date.UTC(2026, 10, 2, 9) / 1_000

const DAY_SECONDS = 86_400
/** Day of a documented run, in UTC. */
const STARTED_DAY = Math.floor(STARTED / DAY_SECONDS) * DAY_SECONDS

/** Seconds between two calls of a documented run. */
const STEP = 10

/** Numbers that measure the machine. */
const MEASURED: Readonly<Record<string, number>> = {
  durationMs: 21,
  upstreamMs: 18,
  knowledgeAgeMs: 250,
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[47][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
const ISO_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[.]\d{3}Z$/
const RELEASE = /^\d+[.]\d+[.]\d+$/
/** A version that the control API makes of contents, or of contents and IDs. */
const CONTENT_VERSION = /^[\w-]{16}$/

/** Lists that the control API sorts by random IDs, and the members that have the IDs. */
const SORTED_BY: Readonly<Record<string, string>> = {
  Roles: 'ImpersonationRoleId',
  Principals: 'PrincipalId',
}

/** Placeholders of one run. */
export class Placeholders {
  readonly #actuals = new Map<string, string>()
  readonly #placeholders = new Map<string, string>()
  /** Start of each call, in seconds. */
  readonly #steps: number[] = []
  #made = 0

  /** Notes that a call starts. */
  step(): void {
    this.#steps.push(Date.now() / 1_000)
  }

  bind(placeholder: string, actual: string): void {
    this.#actuals.set(placeholder, actual)
    this.#placeholders.set(actual, placeholder)
  }

  /** Returns a text of the documentation for this run. */
  actual(text: string): string {
    return replaced(text, this.#actuals)
  }

  /** Returns a value of this run for the documentation. */
  documented(value: unknown): unknown {
    return this.#documented('', JSON.parse(replaced(JSON.stringify(value), this.#placeholders)))
  }

  #documented(name: string, value: unknown): unknown {
    if (typeof value === 'string') return this.#text(name, value)
    if (typeof value === 'number') return MEASURED[name] ?? this.#number(name, value)
    if (Array.isArray(value)) return sorted(name, value).map(entry => this.#documented(name, entry))
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(
      Object.entries(value).map(([member, inner]) => [member, this.#documented(member, inner)]),
    )
  }

  #text(name: string, text: string): string {
    const known = this.#placeholders.get(text)
    if (known !== undefined || this.#actuals.has(text)) return known ?? text
    if (ISO_TIME.test(text))
      return new Date(this.#time(Date.parse(text) / 1_000) * 1_000).toISOString()
    if (UUID.test(text)) return this.#make(text, hex => uuid(hex, text.charAt(14)))
    if (name === 'Host') return 'gw-1'
    if (name === 'JournalRecord') return '20261102T085900Z-5f0c2a9b/1/30'
    if (text === '127.0.0.1') return '192.0.2.7'
    if (name !== 'Version') return text
    if (RELEASE.test(text)) return '1.0.0'
    return CONTENT_VERSION.test(text)
      ? this.#make(text, hex => Buffer.from(hex, 'hex').toString('base64url').slice(0, 16))
      : text
  }

  /** Returns the next placeholder, the same one for the same text. */
  #make(actual: string, make: (hex: string) => string): string {
    this.#made += 1
    const placeholder = make(hash('sha256', `placeholder ${this.#made}`))
    this.bind(placeholder, actual)
    return placeholder
  }

  /** Takes numbers of about now as times, in seconds or, within audit records, in milliseconds. */
  #number(name: string, number: number): number {
    // In the first hours of a day, its start is also a time of about now.
    if (name === 'Day') return STARTED_DAY
    if (this.#isRecent(number)) return this.#time(number, name)
    return this.#isRecent(number / 1_000) ? this.#time(number / 1_000, name) * 1_000 : number
  }

  #isRecent(seconds: number): boolean {
    const now = Date.now() / 1_000
    return seconds > now - 7_200 && seconds < now + 1
  }

  /**
   * Returns the documented time of the call during which a time was. A gateway leaves signs of life and checks
   * the upstream at any time.
   */
  #time(seconds: number, name = ''): number {
    const last = this.#steps.length - 1
    if (name === 'DateChanged') return STARTED
    const step = name === 'DateSeen' ? last : this.#steps.findLastIndex(start => start <= seconds)
    return STARTED + Math.max(step, 0) * STEP
  }
}

/** Replaces each key in a text with its value. */
function replaced(text: string, values: ReadonlyMap<string, string>): string {
  if (values.size === 0) return text
  const keys = [...values.keys()].toSorted((a, b) => b.length - a.length)
  const any = new RegExp(keys.map(key => key.replaceAll('.', '[.]')).join('|'), 'g')
  return text.replaceAll(any, key => values.get(key) ?? key)
}

function sorted(name: string, entries: readonly unknown[]): readonly unknown[] {
  const member = SORTED_BY[name]
  if (member === undefined) return entries
  const idOf = (entry: unknown) => String(Object(entry)[member])
  return entries.toSorted((a, b) => (idOf(a) < idOf(b) ? -1 : 1))
}

const uuid = (hex: string, version: string) =>
  [
    version === '7'
      ? (STARTED * 1_000).toString(16).padStart(12, '0').slice(0, 8)
      : hex.slice(0, 8),
    hex.slice(8, 12),
    `${version}${hex.slice(13, 16)}`,
    `8${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join('-')
