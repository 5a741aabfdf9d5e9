/**
 * Near misses in EWS requests and responses.
 *
 * @module
 */

import { writeId } from '../../sandbox/ids.ts'
import { placeOfAlternate } from '../../src/ews/alternate-id.ts'
import { isJsonPath } from '../../src/ews/autodiscover/json.ts'
import { CalendarReader } from '../../src/ews/calendar-reader.ts'
import {
  headerIn,
  installsApps,
  isHiddenItem,
  isPlainMime,
  kindOfClass,
  namesSenderProperty,
} from '../../src/ews/content.ts'
import { placeOf } from '../../src/ews/item-id.ts'
import { contentOf, contentOfPart } from '../../src/ews/mime-fields.ts'
import { MimeHead } from '../../src/ews/mime-head.ts'
import { MimeMessage } from '../../src/ews/mime-message.ts'
import { OPERATIONS } from '../../src/ews/operations.ts'
import { namedByType } from '../../src/ews/prefixed-attributes.ts'
import { propertyOf } from '../../src/ews/property.ts'
import { DEFAULT_LIMITS, readEnvelope } from '../../src/ews/reader.ts'
import { codeOf } from '../../src/ews/response-message.ts'
import { isUnavailable } from '../../src/ews/response-reader.ts'
import { isInMailbox } from '../../src/ews/selectors.ts'
import { SentItems } from '../../src/ews/sent-items.ts'
import { serverVersionOf } from '../../src/ews/server-version.ts'
import { endsEnvelope } from '../../src/ews/stream-end.ts'
import { timeoutFacts } from '../../src/ews/timeouts.ts'
import { MESSAGES_NS, SOAP_NS, TYPES_NS } from '../../src/model/envelope.ts'
import { readDeclaration } from '../../src/xml/declaration.ts'
import { Scanner } from '../../src/xml/scanner.ts'
import type { Tag } from '../../src/xml/tag.ts'
import { escapeXml } from '../../src/xml/text.ts'
import { Vocabulary } from '../../src/xml/vocabulary.ts'
import { after, around, before, passes, rowsOf } from './row.ts'

/** Returns what a function says of a tag with an attribute. */
function seen<T>(attribute: string, value: string, see: (tag: Tag) => T, more = ''): T | undefined {
  let result: T | undefined
  const ignore = () => undefined
  const listener = {
    open: (tag: Tag) => {
      result = see(tag)
    },
    ...{ close: ignore, text: ignore, reference: ignore, comment: ignore },
  }
  const xml = `<ItemId ${more} ${attribute}="${escapeXml(value)}"/>`
  new Scanner(listener, new Vocabulary(), DEFAULT_LIMITS).write(Buffer.from(xml))
  return result
}

/** MAPI entry ID of a folder, in base64. */
const ENTRY_ID = 'AAAAAFJJZUquYZRMkT4xUi+h+CUBANkYAJlClKBKnI2R7Fh7ZvsAAAAAAQ0AAA=='

const NAMESPACES =
  `xmlns:s="${SOAP_NS}" xmlns:m="${MESSAGES_NS}" xmlns:t="${TYPES_NS}" ` +
  'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
const reads = (header: string, content = '') =>
  passes(() =>
    readEnvelope(
      Buffer.from(
        `<s:Envelope ${NAMESPACES}><s:Header>${header}</s:Header><s:Body><m:GetItem>${content}` +
          '</m:GetItem></s:Body></s:Envelope>',
      ),
    ),
  )
const readsXsi = (name: string) => (value: string) =>
  reads('', `<t:X xsi:${name}="${escapeXml(value)}"/>`)

const contentKind = (type: string) => contentOf([['Content-Type', type]]).kind

/** Senders in a MIME message; undefined if they can't be determined. */
function sendersOf(text: string): readonly string[] | undefined {
  const message = new MimeMessage()
  const bytes = Buffer.from(Buffer.from(text).toString('base64'))
  message.add(bytes, 0, bytes.length)
  return message.senders()
}

const headOf = (text: string) => {
  const head = new MimeHead()
  for (const line of text.split('\n')) head.line(Buffer.from(line), 0, line.length, true)
  return head.read()
}

/** Reads one line of a calendar. */
function calendarOf(line: string, isWholeMessage = false): CalendarReader {
  const calendar = new CalendarReader(isWholeMessage)
  calendar.line(Buffer.from(line), 0, line.length, true)
  calendar.end()
  return calendar
}
const namesOrganizer = (line: string) => !calendarOf(line).broken

const isSentItem = (id: string) =>
  seen('Id', id, tag => {
    const items = new SentItems(tag, 'request', 'drafts')
    items.note(tag, 0)
    return items.items.length === 1
  })

const versionOf = (major: string, version = 'V2017_07_11') =>
  seen(
    'MajorVersion',
    major,
    serverVersionOf,
    `MinorVersion="1" MajorBuildNumber="1" MinorBuildNumber="1" Version="${escapeXml(version)}"`,
  )

const isCode = (code: string) =>
  isUnavailable({ fault: undefined, messages: [{ code, folderIds: [], items: [] }] })

const TYPE = 'multipart/mixed; boundary=b'
const inParts = (line: string) =>
  sendersOf(`Content-Type: multipart/mixed; boundary=b1\n\n--b1\n\nx\n${line}\n`)

export const EWS_ROWS = [
  ...rowsOf('ews/alternate-id.ts', [
    Buffer.from(ENTRY_ID, 'base64').toString('hex'),
    around('!'),
    text => placeOfAlternate(text).kind === 'mailbox',
  ]),
  ...rowsOf('ews/autodiscover/json.ts', [
    'ann@example.com',
    around('x/', '/x'),
    address => isJsonPath(`/autodiscover/autodiscover.json/v1.0/${address}`),
  ]),
  ...rowsOf(
    'ews/calendar-reader.ts',
    [
      'ORGANIZER:mailto:ann@example.com',
      ['item1.ORGANIZER:mailto:ann@example.com', 'ORGANIZER:mailto:ann@example.com\rx'],
      namesOrganizer,
    ],
    ['mailto:ann@example.com', before('x'), value => namesOrganizer(`ORGANIZER:${value}`)],
    ['FROM', around('X-', '-X'), name => calendarOf(`${name}: x`, true).broken],
    ['CONTENT-TYPE', before('X-'), name => calendarOf(`${name}: x`, true).broken],
  ),
  ...rowsOf(
    'ews/content.ts',
    ['From', around('X-'), name => seen('HeaderName', name, namesSenderProperty)],
    ['utf-8', around('x'), charset => seen('CharacterSet', charset, isPlainMime)],
    ['false', around('x'), text => !isHiddenItem(text)],
    ['ExtensionMasterTable', around('X.', '.X'), name => seen('Name', name, installsApps)],
    ['ClientExtension.', before('X.'), name => seen('Name', name, installsApps)],
    ['IPM.Rule', before('X.'), name => kindOfClass(name) === 'rule'],
    ['X-A', around(':'), name => seen('HeaderName', name, tag => headerIn(tag) === 'plain')],
    ['IPM.Configuration.ClientExtension', before('X.'), name => kindOfClass(name) === 'app'],
  ),
  ...rowsOf(
    'ews/headers.ts',
    [
      'Exchange2013_SP1',
      around('x'),
      version => reads(`<t:RequestServerVersion Version="${escapeXml(version)}"/>`),
    ],
    ['en-US', around('-'), culture => reads(`<t:MailboxCulture>${culture}</t:MailboxCulture>`)],
    ['Seconds', around('x'), text => reads(`<t:DateTimePrecision>${text}</t:DateTimePrecision>`)],
  ),
  ...rowsOf('ews/item-id.ts', [
    '9362c853-fa03-45d1-9d7c-ef09db45f783',
    around('x'),
    guid => placeOf(writeId({ guid, folder: 1, item: 2 })).kind === 'mailbox',
  ]),
  ...rowsOf(
    'ews/mime-fields.ts',
    ['utf-8', around('x'), it => contentKind(`text/calendar; charset="${it}"`) === 'calendar'],
    ['b', around('é'), it => contentKind(`multipart/mixed; boundary="${it}"`) === 'multipart'],
    ['text/plain', around('(x) ', ' (x)'), type => contentKind(type) === 'leaf'],
    ['X: 1', before('x '), field => contentOfPart(field).kind === 'leaf'],
    ['boundary*0', ['xboundary*0'], name => contentKind(`${TYPE}; ${name}=x`) === 'unknown'],
    [';', around('(x)'), tail => contentKind(`${TYPE} ${tail}`) === 'multipart'],
  ),
  ...rowsOf(
    'ews/mime-head.ts',
    ['x-ms-tnef-correlator: x', ['X: x-ms-tnef-correlator: x'], line => headOf(line) === undefined],
    [
      'content-type: application/ms-tnef',
      ['x-content-type: application/ms-tnef'],
      line => headOf(line) === undefined,
    ],
  ),
  ...rowsOf('ews/mime-message.ts', [
    'BEGIN:VCALENDAR',
    [...before('X: 1')('BEGIN:VCALENDAR'), 'BEGIN:VCALENDARS'],
    // A calendar without an organizer has no sender that can be determined.
    line => sendersOf(`${line}\nX: 1\n`) === undefined,
  ]),
  ...rowsOf('ews/mime-parts.ts', ['--b1-- ', ['--b1 --'], inParts]),
  ...rowsOf(
    'ews/prefixed-attributes.ts',
    ['true', around('x'), readsXsi('nil')],
    ['t:MessageType', around(' '), readsXsi('type')],
    [
      'MessageType',
      after('x'),
      type => seen('type', type, tag => namedByType(tag, tag.attributeName(0)).local) !== type,
    ],
  ),
  ...rowsOf(
    'ews/property.ts',
    ['0x65E9', around(' '), text => seen('PropertyTag', text, propertyOf) !== 'any'],
    ['26089', around(' '), text => seen('PropertyTag', text, propertyOf) !== 'any'],
    [
      '00062008-0000-0000-c000-000000000046',
      around('{', '}'),
      set => seen('PropertySetId', set, propertyOf, 'PropertyId="1"') !== 'any',
    ],
  ),
  ...rowsOf('ews/response-message.ts', [
    'NoError',
    around('-'),
    code => passes(() => codeOf(code)),
  ]),
  ...rowsOf('ews/response-reader.ts', ['ErrorServerBusy', before('X'), isCode]),
  ...rowsOf('ews/selectors.ts', ['inbox', around('-'), it => isInMailbox(OPERATIONS.GetItem, it)]),
  ...rowsOf('ews/sent-items.ts', ['AAMk', around(' '), isSentItem]),
  ...rowsOf(
    'ews/server-version.ts',
    ['15', around('x'), major => versionOf(major)],
    ['V2017_07_11', around('-'), version => versionOf('15', version)],
  ),
  ...rowsOf('ews/stream-end.ts', ['</s:Envelope>', after('x'), endsEnvelope]),
  ...rowsOf('ews/timeouts.ts', [
    '30',
    around('x'),
    text => Object.keys(timeoutFacts(OPERATIONS.GetStreamingEvents, text)).length > 0,
  ]),
  ...rowsOf('xml/declaration.ts', [
    '<?xml version="1.0"?>',
    ['<?xml version="1.0"?x>', '<?xml x version="1.0"?>', '<?xml\nx version="1.0"?>'],
    text => passes(() => readDeclaration(Buffer.from(text), true)),
  ]),
]
