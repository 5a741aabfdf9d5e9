/**
 * The form of an audit record: one line of JSON that stays one line, whatever clients send.
 *
 * Written out here rather than by JSON.stringify, which would need a bounded copy of each record
 * first and takes three times as long with it.
 *
 * @module
 */

import type { AuditRecord } from './audit.ts'

/** Longest string kept, in UTF-16 units. */
const MAX_LENGTH = 256

/** Most folder and item ids kept; `itemCount` says how many there were. */
const MAX_IDS = 100

/** Text that is its own JSON. */
const PLAIN = /^[ !#-[\]-~]*$/

/**
 * What JSON leaves bare and a reader might take for a line's end, a terminal command or a
 * change of writing direction.
 */
const BARE = /[\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g

/**
 * One record as a line, its line feed included: plain JSON without bare control characters,
 * strings of 256 characters at most, and no half of a surrogate pair.
 */
export function lineOf(record: AuditRecord): string {
  const members: Readonly<Record<string, unknown>> = record
  let line = `{"type":"${record.type}","at":"${timestamp(record.at)}"`
  for (const name in members) {
    const value = members[name]
    if (name === 'type' || name === 'at' || value === undefined) continue
    if (name === 'decisionId') line += `,"decisionId":${writeText(record.decisionId)}`
    else line += memberOf(name) + (Array.isArray(value) ? jsonOfList(value, name) : jsonOf(value))
  }
  return `${line}}\n`
}

/** What stands before a value: the few names that there are, put together once. */
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

/** Many records are of the same millisecond, and a date costs much of a line. */
function timestamp(at: number): string {
  if (at === lastAt) return lastTimestamp
  lastTimestamp = new Date(at).toISOString()
  lastAt = at
  return lastTimestamp
}

function jsonOf(value: unknown): string {
  if (typeof value === 'string') return jsonOfText(value)
  if (typeof value === 'number' && Number.isFinite(value)) return `${value}`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  if (Array.isArray(value)) return jsonOfList(value)
  const members = Object.entries(value).filter(([, member]) => member !== undefined)
  return `{${members.map(([name, member]) => `${jsonOfText(name)}:${jsonOf(member)}`).join()}}`
}

function jsonOfList(list: readonly unknown[], name?: string): string {
  const kept = name === 'folders' || name === 'items' ? list.slice(0, MAX_IDS) : list
  return `[${kept.map(element => jsonOf(element)).join()}]`
}

/** Names and ids recur from record to record: looking one up takes a fifth of what writing it does. */
const RECURRING = new Map<string, string>()
const MOST_RECURRING = 4_096
const LONGEST_RECURRING = 64

function jsonOfText(text: string): string {
  if (text.length > LONGEST_RECURRING) return writeText(text)
  const known = RECURRING.get(text)
  if (known !== undefined) return known
  const written = writeText(text)
  if (RECURRING.size >= MOST_RECURRING) RECURRING.clear()
  RECURRING.set(text, written)
  return written
}

function writeText(text: string): string {
  if (text.length <= MAX_LENGTH && PLAIN.test(text)) return `"${text}"`
  return JSON.stringify(cut(text).toWellFormed()).replace(BARE, escaped)
}

function cut(text: string): string {
  if (text.length <= MAX_LENGTH) return text
  const last = text.charCodeAt(MAX_LENGTH - 1)
  const splitsPair = last >= 0xd800 && last <= 0xdbff
  return text.slice(0, splitsPair ? MAX_LENGTH - 1 : MAX_LENGTH)
}

const escaped = (character: string) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
