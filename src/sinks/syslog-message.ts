/**
 * Writes a record as a message of the syslog protocol, in the framing for TLS.
 *
 * @see https://www.rfc-editor.org/rfc/rfc5424
 * @see https://www.rfc-editor.org/rfc/rfc5425#section-4.3
 *
 * @module
 */

import type { Outcome } from '../model/outcome.ts'
import { visibleJson } from '../model/visible-text.ts'
import { type Members, outcomeOf } from './members.ts'
import type { SinkRecord } from './record.ts'
import type { Format } from './sink.ts'

/** Facility *log audit*. */
const FACILITY = 13

const ALERT = 1
const ERROR = 3
const WARNING = 4
const INFORMATIONAL = 6

const SEVERITIES: Readonly<Record<Outcome, number>> = {
  ANSWERED: INFORMATIONAL,
  DENIED: WARNING,
  ABORTED: WARNING,
  FAILED: ERROR,
}

/** Maximum length of a message. Receivers should accept it (RFC 5425, section 4.3.1), and cut longer ones. */
const MAX_BYTES = 8_192

/** Members that are never left out, in both formats. */
const KEPT = [
  'id',
  'type',
  'at',
  'decisionId',
  'alert',
  'metadata',
  'class_uid',
  'type_uid',
  'time',
]

export type SyslogSource = Readonly<{
  host: string
  /** Version of the gateway. */
  version: string
  format: Format
}>

/** Returns the message of a record, after its length in bytes and a space. */
export function frameOf(record: SinkRecord, source: SyslogSource): string {
  const header = headerOf(record, source)
  const room = MAX_BYTES - Buffer.byteLength(header)
  const message = header + visibleJson(shortened(source.format(record), room))
  return `${Buffer.byteLength(message)} ${message}`
}

function headerOf(record: SinkRecord, { host, version }: SyslogSource): string {
  const { id, members } = record
  const [writer = ''] = id.split('/')
  const fields = [
    `<${FACILITY * 8 + severityOf(record)}>1`,
    fieldOf(members['at'], 64),
    fieldOf(host, 255),
    'ews-gateway',
    fieldOf(writer, 128),
    fieldOf(members['type'], 32),
    `[origin software="ews-gateway" swVersion="${parameterOf(version)}"]`,
  ]
  return `${fields.join(' ')} `
}

function severityOf({ alert, members }: SinkRecord): number {
  if (alert !== undefined) return ALERT
  const outcome = outcomeOf(members)
  return outcome === undefined ? INFORMATIONAL : (SEVERITIES[outcome] ?? INFORMATIONAL)
}

/** Returns a field of the header: printable ASCII without spaces, or `-` if there is nothing. */
const fieldOf = (text: unknown, most: number): string =>
  (typeof text === 'string' ? text : '').replaceAll(/[^!-~]/g, '').slice(0, most) || '-'

/** Escapes the value of a parameter of structured data. */
const parameterOf = (text: string): string => text.replaceAll(/["\\\]]/g, String.raw`\$&`)

/** Leaves out the longest members until the record fits, and names them in the member `omitted`. */
function shortened(members: Members, room: number): Members {
  if (lengthOf(members) <= room) return members
  const left = new Map(Object.entries(members))
  const omitted: string[] = []
  const droppable = [...left.keys()].filter(name => !KEPT.includes(name))
  droppable.sort((one, other) => lengthOf(members[other]) - lengthOf(members[one]))
  for (const name of droppable) {
    left.delete(name)
    omitted.push(name)
    const rest = { ...Object.fromEntries(left), omitted }
    if (lengthOf(rest) <= room) return rest
  }
  return { ...Object.fromEntries(left), omitted }
}

const lengthOf = (value: unknown): number => Buffer.byteLength(visibleJson(value ?? null))
