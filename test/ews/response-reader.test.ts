/**
 * The reader of responses: real ones, hostile ones (named after the reason), limits, and chunks.
 */

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import t from 'tap'
import {
  type EwsResponse,
  isUnavailable,
  RESPONSE_LIMITS,
  ResponseReader,
  readResponse,
  subscriptionIds,
} from '../../src/ews/response-reader.ts'
import type { ReadOperation } from '../../src/ews/response-shape.ts'
import { MESSAGES_NS, SOAP_NS, TYPES_NS } from '../../src/model/envelope.ts'
import { Failure } from '../../src/model/failure.ts'
import { attribute, call, createItem, getFolder, startSandbox, texts } from '../sandbox/client.ts'

const FOLDER = 'fixtures/responses'
const namesOf = (kind: string) =>
  readdirSync(FOLDER).filter(name => name.startsWith(`${kind}--`) && name.endsWith('.xml'))
const load = (name: string) => readFileSync(join(FOLDER, name))
const UNREADABLE = { name: 'Failure', reason: 'upstream-unreachable' }

const envelope = (body: string) =>
  `<s:Envelope xmlns:s="${SOAP_NS}" xmlns:m="${MESSAGES_NS}" xmlns:t="${TYPES_NS}"><s:Body>${body}</s:Body></s:Envelope>`
const response = (operation: ReadOperation, messages: string) =>
  envelope(
    `<m:${operation}Response><m:ResponseMessages>${messages}</m:ResponseMessages></m:${operation}Response>`,
  )
const message = (operation: ReadOperation, code: string, content = '') =>
  `<m:${operation}ResponseMessage><m:ResponseCode>${code}</m:ResponseCode>${content}</m:${operation}ResponseMessage>`

const DRAFT =
  '<t:Message><t:From><t:Mailbox><t:EmailAddress>bob@example.com</t:EmailAddress></t:Mailbox></t:From></t:Message>'
const getItems = (ids: string) =>
  '<m:GetItem><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties><t:FieldURI FieldURI="message:From"/>' +
  `</t:AdditionalProperties></m:ItemShape><m:ItemIds>${ids}</m:ItemIds></m:GetItem>`
const SUBSCRIBE =
  '<m:Subscribe><m:StreamingSubscriptionRequest><t:FolderIds><t:DistinguishedFolderId Id="inbox"/></t:FolderIds>' +
  '<t:EventTypes><t:EventType>NewMailEvent</t:EventType></t:EventTypes></m:StreamingSubscriptionRequest></m:Subscribe>'

/** Expected result, as its JSON file has it. */
type Expected = Readonly<{ operation: ReadOperation; fault?: object; messages: readonly object[] }>

for (const name of namesOf('real')) {
  const { operation, ...expected } = JSON.parse(
    String(load(name.replace('.xml', '.json'))),
  ) as Expected
  t.strictSame(
    plain(readResponse(load(name), operation)),
    plain(expected),
    `readResponse() reads ${name}`,
  )
}

for (const name of namesOf('ignored'))
  t.strictSame(
    readResponse(load(name), 'Subscribe').messages,
    [{ code: 'NoError', subscriptionId: 'good', folderIds: [], items: [] }],
    `readResponse() takes one ID from ${name}`,
  )

for (const name of namesOf('unreadable'))
  t.throws(
    () => readResponse(load(name), 'Subscribe'),
    UNREADABLE,
    `readResponse() fails at ${name}`,
  )

for (const [what, operation, messages, later] of [
  ['a busy server', 'GetItem', message('GetItem', 'ErrorServerBusy'), true],
  [
    'a busy server among others',
    'GetFolder',
    message('GetFolder', 'NoError') + message('GetFolder', 'ErrorMailboxMoveInProgress'),
    true,
  ],
  ['a missing item', 'GetItem', message('GetItem', 'ErrorItemNotFound'), false],
  ['a success', 'GetItem', message('GetItem', 'NoError'), false],
  ['no message', 'GetItem', '', false],
] as const)
  t.equal(
    isUnavailable(readResponse(Buffer.from(response(operation, messages)), operation)),
    later,
    `isUnavailable() of ${what}`,
  )

const faultOf = (code: string) =>
  Buffer.from(envelope(`<s:Fault><faultcode>${code}</faultcode></s:Fault>`))
t.equal(
  isUnavailable(readResponse(faultOf('a:ErrorInternalServerTransientError'), 'GetItem')),
  true,
)
t.equal(isUnavailable(readResponse(faultOf('a:ErrorAccessDenied'), 'GetItem')), false)

for (const [what, messages, ids] of [
  ['of one', made('a'), ['a']],
  ['of several, in their order', made('b') + made('a'), ['b', 'a']],
  ['of none that failed', message('Subscribe', 'ErrorInvalidSubscription'), []],
  ['beside one that failed', message('Subscribe', 'ErrorInvalidSubscription') + made('a'), ['a']],
] as const)
  t.strictSame(
    subscriptionIds(readResponse(Buffer.from(response('Subscribe', messages)), 'Subscribe')),
    ids,
    `subscriptionIds() gives the ID ${what}`,
  )
const unnamed = Buffer.from(response('Subscribe', message('Subscribe', 'NoError')))
t.throws(() => subscriptionIds(readResponse(unnamed, 'Subscribe')), UNREADABLE)

function made(id: string): string {
  return message('Subscribe', 'NoError', `<m:SubscriptionId>${id}</m:SubscriptionId>`)
}

const folder = (id: string) => `<t:Folder><t:FolderId Id="${id}"/></t:Folder>`
const folders = (content: string) =>
  Buffer.from(
    response('GetFolder', message('GetFolder', 'NoError', `<m:Folders>${content}</m:Folders>`)),
  )
for (const [what, content, ids] of [
  ['one', folder('a'), ['a']],
  ['several, in their order', folder('b') + folder('a'), ['b', 'a']],
  ['of a calendar', folder('a').replaceAll('t:Folder>', 't:CalendarFolder>'), ['a']],
  ['not of its parent', '<t:Folder><t:ParentFolderId Id="p"/></t:Folder>', []],
  ['not of a folder in another namespace', '<m:Folder><t:FolderId Id="a"/></m:Folder>', []],
  ['not in another namespace', '<t:Folder><m:FolderId Id="a"/></t:Folder>', []],
  ['not of a folder in a folder', `<t:Folder>${folder('a')}</t:Folder>`, []],
  ['not beside a folder', '<t:FolderId Id="a"/>', []],
] as const)
  t.strictSame(
    readResponse(folders(content), 'GetFolder').messages[0]?.folderIds,
    ids,
    `readResponse() reads IDs of folders: ${what}`,
  )
for (const content of [
  '<t:Folder><t:FolderId/></t:Folder>',
  '<t:Folder><t:FolderId Id=""/></t:Folder>',
  '<t:Folder><t:FolderId Id="a"/><t:FolderId Id="b"/></t:Folder>',
])
  t.throws(() => readResponse(folders(content), 'GetFolder'), UNREADABLE, content)

const withProperty = (PropertyTag: string, value: string, element = 'Folder') =>
  folders(
    `<t:${element}><t:FolderId Id="a"/><t:FolderClass>IPF.Note</t:FolderClass><t:ExtendedProperty>` +
      `<t:ExtendedFieldURI PropertyTag="${PropertyTag}" PropertyType="Integer"/><t:Value>${value}</t:Value>` +
      `</t:ExtendedProperty></t:${element}>`,
  )
for (const [what, bytes, isGeneric, isHidden] of [
  ['that users see', withProperty('0x10f4', 'false'), false, false],
  ['that users see, in digits', withProperty('0x10f4', '0'), false, false],
  ['that is hidden', withProperty('0x10f4', 'true'), false, true],
  ['that is hidden, in digits', withProperty('0x10F4', '1'), false, true],
  ['that may be hidden', withProperty('4340', '?'), false, true],
  ['with another property', withProperty('0x10f5', 'true'), false, false],
  ['with items of its own', withProperty('0x3601', '1'), true, false],
  ['that is a root', withProperty('0x3601', '0'), false, false],
  ['that is a search', withProperty('0x3601', '2'), false, false],
  ['without a type', withProperty('0x3601', ''), false, false],
  ['whose element is of a search', withProperty('0x3601', '1', 'SearchFolder'), false, false],
] as const)
  t.match(
    readResponse(bytes, 'GetFolder').messages[0]?.folders,
    [{ id: 'a', container: 'IPF.Note', isGeneric, isHidden }],
    `readResponse() reads a folder ${what}`,
  )

const senders = (count: number) =>
  Buffer.from(
    response('GetItem', message('GetItem', 'NoError', `<m:Items>${DRAFT.repeat(count)}</m:Items>`)),
  )
// An item and its address are two values, and the message is another one.
t.equal(readResponse(senders(4_999), 'GetItem').messages[0]?.items.length, 4_999)
t.throws(() => readResponse(senders(5_000), 'GetItem'), UNREADABLE)

t.test('readResponse() reads 1 MiB and no more', async t => {
  const text = folders(folder('a')).toString()
  const padded = (bytes: number) =>
    Buffer.from(text.replace('<m:Folders>', `<m:Folders>${' '.repeat(bytes - text.length)}`))
  t.match(readResponse(padded(RESPONSE_LIMITS.bodyBytes), 'GetFolder'), { messages: [{}] })
  t.throws(() => readResponse(padded(RESPONSE_LIMITS.bodyBytes + 1), 'GetFolder'), UNREADABLE)
})

t.throws(
  () => readResponse(folders(folder('a').repeat(10_001)), 'GetFolder'),
  UNREADABLE,
  'readResponse() reads at most 10,000 values',
)

t.test('ResponseReader stops at an endless response', async t => {
  for (const endless of ['<t:x>', '<t:x/>', ' ', 'x', '<!-- x -->', folder('a')]) {
    const reader = new ResponseReader('GetFolder')
    reader.write(folders('').subarray(0, folders('').indexOf('</m:Folders>')))
    const chunk = Buffer.from(endless.repeat(Math.ceil(16_384 / endless.length)))
    let read = 0
    const readOn = () => {
      for (; read <= 2 * RESPONSE_LIMITS.bodyBytes; read += chunk.length) reader.write(chunk)
    }
    t.throws(readOn, UNREADABLE, endless)
    t.ok(read <= RESPONSE_LIMITS.bodyBytes, `after ${read} bytes`)
  }
})

t.test('ResponseReader throws other errors unchanged', async t => {
  const reader = new ResponseReader('GetItem')
  t.throws(() => reader.write(undefined as unknown as Uint8Array), TypeError)
})

const FILES = ['real', 'ignored', 'unreadable'].flatMap(namesOf).map(load)
const anyChunks = fc.property(
  fc.constantFrom(...FILES),
  fc.array(fc.nat(2_000), { maxLength: 9 }),
  (bytes, at) => outcomeOf(bytes, at) === outcomeOf(bytes, []),
)
t.doesNotThrow(() => fc.assert(anyChunks), 'ResponseReader reads the same however it is cut')

const everyByte = FILES.filter(bytes => {
  const at = Array.from(bytes.keys())
  return outcomeOf(bytes, at) !== outcomeOf(bytes, [])
})
t.strictSame(everyByte, [], 'ResponseReader reads the same byte by byte')

const SUBSCRIBED = load('real--exchange-subscribe.xml')
const anyCut = fc.property(fc.nat(SUBSCRIBED.length - 1), end =>
  outcomeOf(SUBSCRIBED.subarray(0, end), []).includes('upstream-unreachable'),
)
t.doesNotThrow(() => fc.assert(anyCut), 'ResponseReader fails at a response that is cut off')

const anyBytes = fc.property(
  fc.nat(SUBSCRIBED.length),
  fc.uint8Array({ maxLength: 8 }),
  (at, bytes) => {
    const changed = Buffer.concat([SUBSCRIBED.subarray(0, at), bytes, SUBSCRIBED.subarray(at)])
    return outcomeOf(changed, []) !== ''
  },
)
t.doesNotThrow(
  () => fc.assert(anyBytes),
  'ResponseReader gives a result or a failure for any bytes',
)

for (const lenient of [false, true])
  t.test(`readResponse() reads the sandbox${lenient ? ' that is lenient' : ''}`, async t => {
    const sandbox = await startSandbox({ lenient })
    t.teardown(() => sandbox.close())
    const read = async (operation: ReadOperation, body: string, address = 'alice@example.com') => {
      const reply = await call(sandbox, address, body)
      return { reply, response: readResponse(Buffer.from(reply.text), operation) }
    }
    const inbox = await read('GetFolder', getFolder())
    const folderId = attribute(inbox.reply, 'FolderId', 'Id')
    t.match(inbox.response.messages, [{ code: 'NoError', folderIds: [folderId] }])

    const made = await call(sandbox, 'alice@example.com', createItem(DRAFT))
    const item = `<t:ItemId Id="${attribute(made, 'ItemId', 'Id')}"/><t:ItemId Id="x"/>`
    const { response: items } = await read('GetItem', getItems(item))
    t.match(items.messages, [
      { code: 'NoError', items: [{ kind: 'Message', senders: ['bob@example.com'] }] },
      { code: 'ErrorInvalidIdMalformed', items: [] },
    ])

    const { reply, response: subscribed } = await read('Subscribe', SUBSCRIBE)
    t.strictSame(subscriptionIds(subscribed), texts(reply, 'SubscriptionId'))

    const { response: refused } = await read('GetFolder', getFolder(), 'nobody@example.com')
    const code = lenient ? 'ErrorCannotFindUser' : 'ErrorNonExistentMailbox'
    t.strictSame(refused, { fault: { code }, messages: [] })
  })

/** The result of a response, read in chunks that end at the offsets. */
function outcomeOf(bytes: Uint8Array, at: readonly number[]): string {
  const reader = new ResponseReader('Subscribe')
  const ends = [...at, bytes.length].sort((a, b) => a - b)
  try {
    for (const [i, end] of ends.entries()) reader.write(bytes.subarray(ends[i - 1] ?? 0, end))
    return JSON.stringify(reader.end())
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    return `${error.reason}: ${error.cause}`
  }
}

/** Without what is undefined. */
function plain(read: EwsResponse | Omit<Expected, 'operation'>): unknown {
  return JSON.parse(JSON.stringify(read))
}
