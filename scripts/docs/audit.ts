/**
 * The page of the audit's fields, made from the comments of the record types.
 *
 * @module
 */

import { readFileSync } from 'node:fs'

/** A type, the comment above it, and the text of its members. */
const RECORD = /^\/\*\* ([^\n]*) \*\/\nexport type (\w+)Record = ([\s\S]*?)^[}>)]+$/gm

/** The declaration of a record. */
const DECLARATION = /^export type \w+Record = Readonly/gm

/** A member, and the comment above it. */
const MEMBER = /^ {2,4}(?:\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\n +)?(\w+)\??: /gm

/**
 * Returns the page that lists the fields of every record.
 *
 * @throws Error if a record or a field has no comment
 */
export function auditPage(): string {
  const source = readFileSync(new URL('../../src/audit/audit.ts', import.meta.url), 'utf8')
  const records = [...source.matchAll(RECORD)].map(([, about, name = '', members = '']) => {
    const rows = [...members.matchAll(MEMBER)].filter(([, , field]) => field !== 'type')
    return `## ${name.toLowerCase()}\n\n${about}\n\n${HEAD}${rows.map(writeRow).join('')}`
  })
  if (records.length !== source.match(DECLARATION)?.length)
    throw new Error('A record of the audit has no comment of one line')
  return [INTRODUCTION, ...records].join('\n')
}

function writeRow([, comment, field]: RegExpExecArray): string {
  if (comment === undefined) throw new Error(`The field ${field} of the audit has no comment`)
  return `| \`${field}\` | ${comment.replaceAll(/\s*\n\s*\* ?/g, ' ').trim()} |\n`
}

const HEAD = '| field | meaning |\n| --- | --- |\n'

const INTRODUCTION = `# Fields of the audit

<!-- Written by \`npm run docs\` from src/audit/audit.ts: change it there. -->

This page is for auditors and for developers of programs that read the audit. It lists the fields of each type of record.
[Audit records](operations.md#audit) says when the gateway writes which record.
`
