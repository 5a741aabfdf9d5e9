/**
 * Writes an audit record as one line of JSON. No text from a client can break the line.
 *
 * It does not use JSON.stringify for the whole record, because that needs a bounded copy first and takes three
 * times as long.
 *
 * @module
 */

import { visible } from '../model/visible-text.ts'
import type { AuditRecord } from './audit.ts'

/** Maximum length of a string, in UTF-16 units. */
const MAX_LENGTH = 256

/** Members with states of the policy. Their strings are whole, because the control API has accepted them. */
const STATES: ReadonlySet<string> = new Set(['before', 'after', 'policy'])
const WHOLE = Number.POSITIVE_INFINITY

/** Maximum number of folder and item IDs in a record. `itemCount` has the full number of items. */
const MAX_IDS = 100

/** Text that needs no escapes in JSON. */
const PLAIN = /^[ !#-[\]-~]*$/

/**
 * Returns a record as a line with its line feed: JSON without unescaped control characters, with strings of at
 * most 256 characters, except in the states of a change, and without unpaired surrogates.
 */
export function lineOf(record: AuditRecord): string {
  const members: Readonly<Record<string, unknown>> = record
  let line = `{"type":"${record.type}","at":"${timestamp(record.at)}"`
  for (const name in members) {
    const value = members[name]
    if (name === 'type' || name === 'at' || value === undefined) continue
    if (name === 'decisionId') line += `,"decisionId":${writeText(record.decisionId, MAX_LENGTH)}`
    else if (STATES.has(name)) line += memberOf(name) + jsonOf(value, WHOLE)
    else if (name === 'folders' || name === 'items')
      line += memberOf(name) + jsonOf(firstOf(value), MAX_LENGTH)
    else line += memberOf(name) + jsonOf(value, MAX_LENGTH)
  }
  return `${line}}\n`
}

/** Caches the text before a value, by the name of the member. */
const MEMBERS = new Map<string, string>()

function memberOf(name: string): string {
  const known = MEMBERS.get(name)
  if (known !== undefined) return known
  const member = `,"${name}":`
  MEMBERS.set(name, member)
  return member
}

let lastAt = Number.NaN
let lastTimestamp = ''

/** Formats a time. Caches the last one, because many records share a millisecond and formatting is slow. */
function timestamp(at: number): string {
  if (at === lastAt) return lastTimestamp
  lastTimestamp = new Date(at).toISOString()
  lastAt = at
  return lastTimestamp
}

/** @param most - maximum length of a string */
function jsonOf(value: unknown, most: number): string {
  if (typeof value === 'string') return jsonOfText(value, most)
  if (typeof value === 'number' && Number.isFinite(value)) return `${value}`
  // JSON has null for what it can't represent, such as an undefined element of a list.
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null'
  if (Array.isArray(value)) return jsonOfList(value, most)
  return jsonOfMembers(value as Readonly<Record<string, unknown>>, most)
}

function jsonOfMembers(members: Readonly<Record<string, unknown>>, most: number): string {
  let text = ''
  for (const name in members) {
    const value = members[name]
    if (value !== undefined)
      text += `${text && ','}${jsonOfText(name, most)}:${jsonOf(value, most)}`
  }
  return `{${text}}`
}

/** Returns the first IDs of a list, and any other value as it is. */
const firstOf = (value: unknown): unknown =>
  Array.isArray(value) ? value.slice(0, MAX_IDS) : value

function jsonOfList(list: readonly unknown[], most: number): string {
  let text = ''
  for (const element of list) text += `${text && ','}${jsonOf(element, most)}`
  return `[${text}]`
}

/** Caches the JSON of recurring names and IDs. A lookup takes a fifth of the time of encoding. */
const RECURRING = new Map<string, string>()
const MAX_RECURRING = 4_096
const MAX_RECURRING_LENGTH = 64

function jsonOfText(text: string, most: number): string {
  if (text.length > MAX_RECURRING_LENGTH) return writeText(text, most)
  const known = RECURRING.get(text)
  if (known !== undefined) return known
  const written = writeText(text, most)
  if (RECURRING.size >= MAX_RECURRING) RECURRING.clear()
  RECURRING.set(text, written)
  return written
}

function writeText(text: string, most: number): string {
  if (text.length <= most && PLAIN.test(text)) return `"${text}"`
  return visible(JSON.stringify(cut(text, most).toWellFormed()))
}

function cut(text: string, most: number): string {
  if (text.length <= most) return text
  const last = text.charCodeAt(most - 1)
  const splitsPair = last >= 0xd800 && last <= 0xdbff
  return text.slice(0, splitsPair ? most - 1 : most)
}
