/**
 * The reader of requests: entries of lists, offsets, limits, bytes after the operation, and cached prologues.
 */

import t from 'tap'
import { DEFAULT_LIMITS, EnvelopeReader, NO_FACTS, readEnvelope } from '../../src/ews/reader.ts'
import { MESSAGES_NS, SOAP_NS, TYPES_NS } from '../../src/model/envelope.ts'

const NAMESPACES = `xmlns:m="${MESSAGES_NS}" xmlns:t="${TYPES_NS}"`
const START = `<s:Envelope xmlns:s="${SOAP_NS}" ${NAMESPACES}><s:Body>`
const END = '</s:Body></s:Envelope>'
const wrap = (operation: string, after = '') => `${START}${operation}${after}${END}`
const FOLDER = '<t:FolderId Id="x"/>'
const GET_FOLDER = `<m:GetFolder><m:FolderIds>${FOLDER}</m:FolderIds></m:GetFolder>`
const ITEM = '<t:ItemId Id="A"/>'
const BLANKS = 65_536
const MALFORMED = { name: 'Failure', reason: 'envelope-malformed' }
const TOO_LARGE = { name: 'Failure', reason: 'body-too-large' }

function readerOf(text: string, limits = DEFAULT_LIMITS): EnvelopeReader {
  const reader = new EnvelopeReader(limits)
  reader.write(Buffer.from(text))
  return reader
}

for (const [name, operation, entries] of [
  ['no items', '<m:DeleteItem/>', 0],
  ['an empty list', '<m:DeleteItem><m:ItemIds/></m:DeleteItem>', 0],
  ['two items', `<m:DeleteItem><m:ItemIds>${ITEM}${ITEM}</m:ItemIds></m:DeleteItem>`, 2],
  [
    'items with content',
    `<m:CreateItem><m:Items><t:Message><t:Items>${ITEM}</t:Items></t:Message></m:Items></m:CreateItem>`,
    1,
  ],
  [
    'elements beside the list',
    `<m:CreateItem><m:Items><t:Task/></m:Items><m:SavedItemFolderId>${FOLDER}</m:SavedItemFolderId></m:CreateItem>`,
    1,
  ],
  [
    'a shape before the list',
    `<m:GetItem><m:ItemShape><t:BaseShape/></m:ItemShape><m:ItemIds>${ITEM}</m:ItemIds></m:GetItem>`,
    1,
  ],
  [
    'two lists',
    `<m:MoveItem><m:ItemIds>${ITEM}</m:ItemIds><m:ItemIds>${ITEM}</m:ItemIds></m:MoveItem>`,
    2,
  ],
  [
    'an operation with one message',
    `<m:SyncFolderItems><m:SyncFolderId>${FOLDER}</m:SyncFolderId></m:SyncFolderItems>`,
    0,
  ],
  ['an operation without such messages', GET_FOLDER, 0],
] as const)
  t.equal(readerOf(wrap(operation)).entries, entries, `EnvelopeReader counts entries of ${name}`)

t.test('EnvelopeReader tells where the operation is, however it is cut', async t => {
  const text = wrap(GET_FOLDER)
  const [start, end] = [START.length, START.length + GET_FOLDER.length]
  const reader = new EnvelopeReader()
  t.strictSame(reader.facts, NO_FACTS)
  t.equal(reader.facts.content.isWhole, false)
  const name = start + '<m:GetFolder>'.length
  for (const [i, byte] of Buffer.from(text).entries()) {
    reader.write(Buffer.of(byte))
    const length = i + 1
    const found = [reader.operationStart, reader.operationEnd, reader.facts.hasIds]
    const isRead = length >= text.indexOf(FOLDER) + FOLDER.length
    const expected = [length < name ? undefined : start, length < end ? undefined : end, isRead]
    if (String(found) !== String(expected)) t.strictSame(found, expected, `after ${length} bytes`)
    t.equal(reader.remembered !== undefined, length >= name)
    if (reader.settled > Math.min(length, end)) t.fail(`settled at ${reader.settled} of ${length}`)
  }
  reader.end()
  t.equal(reader.settled, end)
  t.match(readEnvelope(Buffer.from(text)), { operationStart: start, operationEnd: end })
  t.throws(() => readEnvelope(Buffer.from(text.slice(0, end))), MALFORMED, 'without its end')
})

t.test('EnvelopeReader continues behind a cached prologue as behind a parsed one', async t => {
  const { remembered, prologue } = readerOf(wrap(GET_FOLDER))
  if (remembered === undefined) throw new TypeError('Nothing to cache')
  const { offset } = remembered.scannerState
  const bytes = Buffer.from(wrap(GET_FOLDER.replaceAll('GetFolder', 'FindItem')))
  for (const more of [0, 1]) {
    const limits = { ...DEFAULT_LIMITS, bodyBytes: bytes.length - more }
    const reader = new EnvelopeReader(limits, remembered)
    const write = () => reader.write(bytes.subarray(offset))
    if (more === 0) t.doesNotThrow(write, 'the largest request')
    else t.throws(write, TOO_LARGE, 'a larger request')
    if (more === 1) continue
    reader.end()
    t.equal(reader.remembered, undefined)
    t.strictSame(reader.prologue, { ...prologue, requestElement: 'FindItem' })
    t.equal(reader.operationEnd, bytes.length - END.length)
    t.match(reader.facts, { hasIds: true, folders: ['x'] })
  }
})

const NO_START = /^the operation does not start within 300 bytes$/
for (const [name, text, limits, message] of [
  ['the largest body', wrap(GET_FOLDER), { bodyBytes: wrap(GET_FOLDER).length }, undefined],
  [
    'a larger body',
    wrap(GET_FOLDER),
    { bodyBytes: wrap(GET_FOLDER).length - 1 },
    /^the request is larger than \d+ bytes$/,
  ],
  ['blanks without an operation', ' '.repeat(300), { prologueBytes: 300 }, undefined],
  ['more blanks without an operation', ' '.repeat(301), { prologueBytes: 300 }, NO_START],
  ['a tag of the largest prologue', `${START.padEnd(296)}<m:`, { prologueBytes: 299 }, undefined],
  [
    'a tag of a larger prologue',
    `${START.padEnd(296)}<m:X></m:X>${END}`,
    { prologueBytes: 300 },
    NO_START,
  ],
  ['blanks after the operation', wrap(GET_FOLDER, ' \t\r\n'), {}, undefined],
  ['a comment before the operation', `<!-- x -->${wrap(GET_FOLDER)}`, {}, undefined],
  ['a comment in it', wrap('<m:GetFolder><!-- x --></m:GetFolder>'), {}, /^a comment in or after/],
  ['a comment after it', wrap(GET_FOLDER, '<!-- x -->'), {}, /^a comment in or after/],
  ['an element after it', wrap(GET_FOLDER, '<m:X/>'), {}, /^an element follows the operation$/],
  ['text after it', wrap(GET_FOLDER, 'x'), {}, /^text follows the operation$/],
  ['text after a blank after it', wrap(GET_FOLDER, ' x'), {}, /^text follows the operation$/],
  ['a reference after it', wrap(GET_FOLDER, '&#32;'), {}, /^text follows the operation$/],
  ['CDATA after it', wrap(GET_FOLDER, '<![CDATA[ ]]>'), {}, /^text follows the operation$/],
] as const) {
  const read = () => readerOf(text, { ...DEFAULT_LIMITS, ...limits })
  if (message === undefined) t.doesNotThrow(read, `EnvelopeReader reads ${name}`)
  else t.throws(read, { name: 'Failure', message }, `EnvelopeReader rejects ${name}`)
}

t.test('EnvelopeReader counts blanks after the operation in tags of any length', async t => {
  const prefix = 'p'.repeat(31)
  const limits = { ...DEFAULT_LIMITS, nameBytes: `${prefix}:Envelope`.length }
  const short = wrap('<m:GetFolder/>', ' '.repeat(BLANKS))
  const long = short.replaceAll(/\bs:/g, `${prefix}:`).replace('xmlns:s=', `xmlns:${prefix}=`)
  for (const text of [short, long]) {
    t.doesNotThrow(() => readerOf(text, limits).end())
    t.throws(() => readerOf(`${text} `, limits).end(), {
      message: `more than ${BLANKS} blanks follow the operation`,
    })
  }
})

t.test('EnvelopeReader rejects endless blanks before the request ends', async t => {
  const most = BLANKS + 2 * (DEFAULT_LIMITS.nameBytes + '</>'.length)
  const text = START + GET_FOLDER
  t.doesNotThrow(() => readerOf(text + ' '.repeat(most)))
  t.throws(() => readerOf(text + ' '.repeat(most + 1)), MALFORMED)
})

t.test('EnvelopeReader keeps throwing the failure that ended it', async t => {
  const failureOf = (act: () => void): unknown => {
    try {
      act()
    } catch (error) {
      return error
    }
    return undefined
  }
  for (const text of [wrap('<m:GetFolder><x/></m:GetFolder>'), START]) {
    const reader = new EnvelopeReader()
    const first = failureOf(() => reader.write(Buffer.from(text))) ?? failureOf(() => reader.end())
    t.match(first, MALFORMED)
    t.equal(
      failureOf(() => reader.write(Buffer.from(' '))),
      first,
    )
    t.equal(
      failureOf(() => reader.end()),
      first,
    )
  }
})
