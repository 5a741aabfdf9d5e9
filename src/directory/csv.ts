/**
 * Users as CSV (RFC 4180, UTF-8), for import and export.
 *
 * Values are written exactly, so that what is exported can be imported again; a cell that a
 * spreadsheet would take for a formula is not changed.
 *
 * @module
 */

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
  const { rows, broken } = readRows(text.replace(/^\uFEFF/, ''))
  const [header, ...body] = rows
  if (header === undefined)
    return failed(broken ?? { line: 1, message: `the file is empty: begin with ${COLUMNS.join()}` })

  const wrong = headerErrors(header.fields).map(message => ({ line: header.line, message }))
  if (wrong.length > 0) return { drafts: [], lines: [], errors: wrong }

  const read = body.map(({ line, fields }) => ({ line, ...readUser(header.fields, fields) }))
  const good = read.filter(({ messages }) => messages.length === 0)
  const errors = read.flatMap(({ line, messages }) => messages.map(message => ({ line, message })))
  return {
    drafts: good.map(({ user }) => user),
    lines: good.map(({ line }) => line),
    errors: broken ? [...errors, broken] : errors,
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

type Row = Readonly<{ line: number; fields: readonly string[] }>

/** Rows that are not blank, up to the first with broken quotes: what follows it means nothing. */
function readRows(text: string): Readonly<{ rows: readonly Row[]; broken?: RowError }> {
  const rows: Row[] = []
  let line = 1
  try {
    parse(text, {
      record_delimiter: ['\r\n', '\n', '\r'],
      relax_column_count: true,
      on_record: (fields: string[]) => {
        if (fields.length > 1 || fields[0] !== '') rows.push({ line, fields })
        line += 1 + fields.reduce((breaks, field) => breaks + breaksIn(field), 0)
        return null
      },
    })
    return { rows }
  } catch (error) {
    if (!(error instanceof CsvError)) throw error
    const message = `the quotes are broken here, and nothing below was read: ${error.message}`
    return { rows, broken: { line, message } }
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
