/**
 * Users as CSV (RFC 4180, UTF-8), for import and export.
 *
 * Values are written exactly, so that what is exported can be imported again; a cell that a
 * spreadsheet would take for a formula is not changed.
 *
 * @module
 */

import { pipeline } from 'node:stream/promises'
import { Parser } from 'csv-parse'
import { CsvError, parse } from 'csv-parse/sync'
import { isAddress, isPrincipalName, isSid, isUserId, userId } from '../model/identity.ts'
import type { ParsedUsers, RowError, UserRow } from './directory.ts'

/** In the order in which they are written; a file may have them in any. */
const COLUMNS = [
  'id',
  'primarySmtpAddress',
  'aliases',
  'principalName',
  'sid',
  'displayName',
] as const

type Column = (typeof COLUMNS)[number]

/** Reads users; every row that cannot be one is reported. */
export function parseUsers(text: string): ParsedUsers {
  const rows = new UserRows()
  try {
    parse(text, { ...FORM, on_record: rows.add })
    return rows.parsed()
  } catch (error) {
    return rows.parsed(error)
  }
}

/** Reads users as {@link parseUsers} does, from text that is never in memory as a whole. */
export async function readUsers(chunks: AsyncIterable<string>): Promise<ParsedUsers> {
  const rows = new UserRows()
  const parser = new Parser({ ...FORM, on_record: rows.add }).resume()
  try {
    await pipeline(chunks, parser)
    return rows.parsed()
  } catch (error) {
    return rows.parsed(error)
  }
}

/** Writes users, with a header; {@link parseUsers} reads the same ones. */
export function formatUsers(users: readonly UserRow[]): string {
  const rows = users.map(user => COLUMNS.map(column => quoted(cellOf(user, column))).join())
  return [COLUMNS.join(), ...rows].map(row => `${row}\r\n`).join('')
}

const cellOf = (user: UserRow, column: Column) =>
  column === 'aliases' ? user.aliases.join(';') : (user[column] ?? '')

const quoted = (value: string) =>
  /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value

const failed = (error: RowError): ParsedUsers => ({ drafts: [], lines: [], errors: [error] })

/** Most bytes of a row, so that broken quotes do not make one of a large file. */
const ROW_BYTES = 1_048_576

const FORM = {
  bom: true,
  max_record_size: ROW_BYTES,
  record_delimiter: ['\r\n', '\n', '\r'],
  relax_column_count: true,
}

/** Users of the rows that are not blank, up to the first with broken quotes: what follows it means nothing. */
class UserRows {
  readonly #drafts: UserRow[] = []
  readonly #lines: number[] = []
  #errors: RowError[] = []
  #header: readonly string[] | undefined
  #hasHeader = true
  #line = 1

  /** Takes the next row. Returns null, so that the parser keeps nothing. */
  readonly add = (fields: string[]): null => {
    if (fields.length > 1 || fields[0] !== '') this.#take(fields)
    this.#line += 1 + fields.reduce((breaks, field) => breaks + breaksIn(field), 0)
    return null
  }

  /** @param error - what ended the text before its end, if something did */
  parsed(error?: unknown): ParsedUsers {
    if (error !== undefined && !(error instanceof CsvError)) throw error
    const broken =
      error && `the quotes are broken here, and nothing below was read: ${error.message}`
    if (this.#header === undefined)
      return failed({
        line: broken ? this.#line : 1,
        message: broken ?? `the file is empty: begin with ${COLUMNS.join()}`,
      })
    if (broken && this.#hasHeader) this.#errors.push({ line: this.#line, message: broken })
    return { drafts: this.#drafts, lines: this.#lines, errors: this.#errors }
  }

  #take(fields: string[]): void {
    const line = this.#line
    if (this.#header === undefined) {
      this.#header = fields
      this.#errors = headerErrors(fields).map(message => ({ line, message }))
      this.#hasHeader = this.#errors.length === 0
      return
    }
    if (!this.#hasHeader) return
    const { user, messages } = readUser(this.#header, fields)
    this.#errors.push(...messages.map(message => ({ line, message })))
    if (messages.length > 0) return
    this.#drafts.push(user)
    this.#lines.push(line)
  }
}

const breaksIn = (field: string) => field.match(/\r\n|\r|\n/g)?.length ?? 0

function headerErrors(header: readonly string[]): readonly string[] {
  const known = new Set<string>(COLUMNS)
  const missing = COLUMNS.filter(column => !header.includes(column))
  const extra = header.filter(column => !known.has(column))
  const repeated = header.filter((column, at) => known.has(column) && header.indexOf(column) < at)
  return [
    ...missing.map(column => `the column ${column} is missing`),
    ...extra.map(column => `there is no column ${JSON.stringify(column)}: remove it`),
    ...repeated.map(column => `the column ${column} is there twice`),
  ]
}

function readUser(header: readonly string[], fields: readonly string[]) {
  const text = (column: Column) => fields[header.indexOf(column)] ?? ''
  const [id, principalName, sid, displayName] = [
    text('id'),
    text('principalName'),
    text('sid'),
    text('displayName'),
  ]
  const aliases = text('aliases') === '' ? [] : text('aliases').split(';')
  const user: UserRow = {
    ...(id && { id: userId(id) }),
    primarySmtpAddress: text('primarySmtpAddress'),
    aliases,
    ...(principalName && { principalName }),
    ...(sid && { sid }),
    ...(displayName && { displayName }),
  }
  const messages =
    fields.length === header.length
      ? userErrors(user)
      : [`has ${fields.length} fields, not ${header.length}`]
  return { user, messages }
}

function userErrors({ id, primarySmtpAddress, aliases, principalName, sid }: UserRow): string[] {
  const messages = []
  if (id !== undefined && !isUserId(id))
    messages.push(
      `id ${JSON.stringify(id)} is neither a UUID in lower case nor of the form S-1-1-…: leave it empty for a new user`,
    )
  if (!isAddress(primarySmtpAddress))
    messages.push(`primarySmtpAddress ${JSON.stringify(primarySmtpAddress)} is not an address`)
  for (const alias of aliases)
    if (!isAddress(alias))
      messages.push(`aliases: ${JSON.stringify(alias)} is not an address; they are separated by ;`)
  if (principalName !== undefined && !isPrincipalName(principalName))
    messages.push(
      `principalName ${JSON.stringify(principalName)} has blanks or controls, or is too long`,
    )
  if (sid !== undefined && !isSid(sid))
    messages.push(`sid ${JSON.stringify(sid)} is not of the form S-1-5-21-…`)
  return messages
}
