/**
 * Reads and writes users as CSV (RFC 4180), for import and export.
 *
 * Writes all values unchanged, so that an export can be imported again, even values that a spreadsheet would
 * interpret as formulas.
 *
 * @module
 */

import { pipeline } from 'node:stream/promises'
import { Parser } from 'csv-parse'
import { CsvError, parse } from 'csv-parse/sync'
import { isAddress, isPrincipalName, isSid, isUserId, userId } from '../model/identity.ts'
import { USER_FIELDS } from '../store/store.ts'
import type { ParsedUsers, RowError, UserRow } from './directory.ts'

/** Columns in the order in which they are written. A file can have them in any order. */
const COLUMNS = ['id', ...USER_FIELDS] as const

type Column = (typeof COLUMNS)[number]

/** The only column that a file must have. */
const NEEDED = 'primarySmtpAddress' satisfies Column

/** Separators of columns, and their names. Excel writes semicolons or tabs in many countries. */
const SEPARATORS = { ',': 'commas', ';': 'semicolons', '\t': 'tabs' } as const

type Separator = keyof typeof SEPARATORS

/** Reads users, and reports every invalid row. */
export function parseUsers(text: string): ParsedUsers {
  const separator = separatorOf(text)
  const rows = new UserRows(separator)
  try {
    parse(text, { ...FORM, delimiter: separator, on_record: rows.add })
    return rows.parsed()
  } catch (error) {
    return rows.parsed(error)
  }
}

/** Reads users as {@link parseUsers} does, without holding the whole text in memory. */
export async function readUsers(chunks: AsyncIterable<string>): Promise<ParsedUsers> {
  const { header, all } = await withHeader(chunks)
  const separator = separatorOf(header)
  const rows = new UserRows(separator)
  const parser = new Parser({ ...FORM, delimiter: separator, on_record: rows.add }).resume()
  try {
    await pipeline(all, parser)
    return rows.parsed()
  } catch (error) {
    return rows.parsed(error)
  }
}

/**
 * Returns the text up to the end of the header, which is the first line that is not blank, and the whole text as
 * chunks.
 */
async function withHeader(chunks: AsyncIterable<string>) {
  const iterator = chunks[Symbol.asyncIterator]()
  let header = ''
  while (header.length < ROW_BYTES && !/[^\r\n\uFEFF][\r\n]/.test(header)) {
    const { done, value } = await iterator.next()
    if (done) break
    header += value
  }
  async function* all() {
    yield header
    yield* { [Symbol.asyncIterator]: () => iterator }
  }
  return { header, all: all() }
}

/** Returns the separator that finds the most columns in the first line that is not blank. */
function separatorOf(text: string): Separator {
  const [header = ''] = /[^\r\n\uFEFF]+/.exec(text) ?? []
  const columns = (separator: string) => {
    const names = header.split(separator).map(name => name.replaceAll('"', ''))
    return COLUMNS.filter(column => names.includes(column)).length
  }
  const separators = Object.keys(SEPARATORS) as Separator[]
  return separators.reduce((best, next) => (columns(next) > columns(best) ? next : best))
}

/** Writes users with a header, as {@link parseUsers} reads them. */
export function formatUsers(users: readonly UserRow[]): string {
  const rows = users.map(user => COLUMNS.map(column => quoted(cellOf(user, column))).join())
  return [COLUMNS.join(), ...rows].map(row => `${row}\r\n`).join('')
}

const cellOf = (user: UserRow, column: Column) =>
  column === 'aliases' ? user.aliases.join(';') : (user[column] ?? '')

const quoted = (value: string) =>
  /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value

const failed = (error: RowError): ParsedUsers => ({ drafts: [], lines: [], errors: [error] })

/** Maximum size of a row. Without it, an unbalanced quote would turn the rest of a large file into one row. */
const ROW_BYTES = 1_048_576

const FORM = {
  bom: true,
  max_record_size: ROW_BYTES,
  record_delimiter: ['\r\n', '\n', '\r'],
  relax_column_count: true,
}

/** Collects the users of all rows that are not blank, up to the first row with unbalanced quotes. */
class UserRows {
  readonly #separator: Separator
  readonly #drafts: UserRow[] = []
  readonly #lines: number[] = []
  #errors: RowError[] = []
  #header: readonly string[] | undefined
  #hasHeader = true
  #line = 1

  constructor(separator: Separator) {
    this.#separator = separator
  }

  /** Adds the next row. Returns null, so that the parser keeps no rows. */
  readonly add = (fields: string[]): null => {
    if (fields.length > 1 || fields[0] !== '') this.#take(fields)
    this.#line += 1 + fields.reduce((breaks, field) => breaks + breaksIn(field), 0)
    return null
  }

  /** Returns the result. @param error - why the parser stopped early, if it did */
  parsed(error?: unknown): ParsedUsers {
    if (error !== undefined && !(error instanceof CsvError)) throw error
    const broken =
      error && `the quotes are not balanced, and no line below was read: ${error.message}`
    if (this.#header === undefined)
      return failed({
        line: broken ? this.#line : 1,
        message:
          broken ?? `the file is empty: begin with the header ${COLUMNS.join(this.#separator)}`,
      })
    if (broken && this.#hasHeader) this.#errors.push({ line: this.#line, message: broken })
    return { drafts: this.#drafts, lines: this.#lines, errors: this.#errors }
  }

  #take(fields: string[]): void {
    const line = this.#line
    if (this.#header === undefined) {
      this.#header = fields
      this.#errors = headerErrors(fields, this.#separator).map(message => ({ line, message }))
      this.#hasHeader = this.#errors.length === 0
      return
    }
    if (!this.#hasHeader) return
    const { user, messages } = readUser(this.#header, fields, this.#separator)
    this.#errors.push(...messages.map(message => ({ line, message })))
    if (messages.length > 0) return
    this.#drafts.push(user)
    this.#lines.push(line)
  }
}

const breaksIn = (field: string) => field.match(/\r\n|\r|\n/g)?.length ?? 0

function headerErrors(header: readonly string[], separator: Separator): readonly string[] {
  const known = new Set<string>(COLUMNS)
  const extra = header.filter(column => !known.has(column))
  const repeated = header.filter((column, at) => known.has(column) && header.indexOf(column) < at)
  return [
    ...(header.includes(NEEDED)
      ? []
      : [
          `the column ${NEEDED} is missing; the header has columns separated by ${SEPARATORS[separator]}`,
        ]),
    ...extra.map(
      column =>
        `unknown column ${JSON.stringify(column)}: remove it, or rename it to one of ${COLUMNS.join(', ')}`,
    ),
    ...repeated.map(column => `the column ${column} appears more than once`),
  ]
}

function readUser(header: readonly string[], fields: readonly string[], separator: Separator) {
  const text = (column: Column) => fields[header.indexOf(column)] ?? ''
  const [id, principalName, sid, displayName] = [
    text('id'),
    text('principalName'),
    text('sid'),
    text('displayName'),
  ]
  const aliases = text('aliases') === '' ? [] : text('aliases').split(';')
  const replaces = USER_FIELDS.filter(column => header.includes(column))
  const user: UserRow = {
    ...(id && { id: userId(id) }),
    primarySmtpAddress: text('primarySmtpAddress'),
    aliases,
    ...(principalName && { principalName }),
    ...(sid && { sid }),
    ...(displayName && { displayName }),
    ...(replaces.length < USER_FIELDS.length && { replaces }),
  }
  const messages =
    fields.length === header.length ? userErrors(user) : [lengthError(header, fields, separator)]
  return { user, messages }
}

function lengthError(
  { length: expected }: readonly string[],
  { length }: readonly string[],
  separator: Separator,
): string {
  const wrong = `has ${length} fields, not ${expected}, separated by ${SEPARATORS[separator]}`
  const one = JSON.stringify(separator)
  return length > expected
    ? `${wrong}: put each field that contains ${one} in double quotes`
    : wrong
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
      messages.push(
        `aliases: ${JSON.stringify(alias)} is not an address. Separate addresses with ;`,
      )
  if (principalName !== undefined && !isPrincipalName(principalName))
    messages.push(
      `principalName ${JSON.stringify(principalName)} has spaces or control characters, or is too long`,
    )
  if (sid !== undefined && !isSid(sid))
    messages.push(`sid ${JSON.stringify(sid)} is not of the form S-1-5-21-…`)
  return messages
}
