import { XMLParser, XMLValidator } from 'fast-xml-parser'
import t from 'tap'
import { writeFault } from '../../src/ews/fault.ts'
import { OPERATIONS, type OperationName } from '../../src/ews/operations.ts'
import {
  listIn,
  MAX_MESSAGES,
  messageShape,
  writeResponseError,
} from '../../src/ews/response-error.ts'
import { REASONS, type Reason } from '../../src/model/decision.ts'
import { faultAnswer } from '../../src/model/failure-table.ts'

const decisionId = '01a21023-e5e8-7685-8afd-066a21f1daf9'
const EVOLUTION = 'Evolution/3.56.1'

/** Operations, the elements whose children each get a message, and elements that each message has. */
const IN_MESSAGES = {
  CopyItem: ['ItemIds', 'Items'],
  CreateFolder: ['Folders', 'Folders'],
  CreateItem: ['Items', 'Items'],
  DeleteFolder: ['FolderIds'],
  DeleteItem: ['ItemIds'],
  GetItem: ['ItemIds', 'Items'],
  MoveItem: ['ItemIds', 'Items'],
  SyncFolderHierarchy: [],
  SyncFolderItems: [],
  UpdateFolder: ['FolderChanges', 'Folders'],
} as const satisfies Partial<Record<OperationName, readonly string[]>>

for (const [operation, [list, required]] of Object.entries(IN_MESSAGES)) {
  const expected = { operation, ...(list && { list }), ...(required && { required }) }
  t.strictSame(messageShape(EVOLUTION, operation), expected, `messageShape() of ${operation}`)
  t.equal(listIn(operation), list, `listIn() of ${operation}`)
}
for (const element of ['UpdateItem', 'GetFolder', 'ItemIds', 'toString', ''])
  t.equal(listIn(element), undefined, `listIn() of ${element || 'nothing'}`)
t.equal(MAX_MESSAGES, 500, 'Evolution names at most 500 items in a request')

t.strictSame(
  Object.keys(OPERATIONS).filter(operation => messageShape(EVOLUTION, operation) !== undefined),
  Object.keys(IN_MESSAGES),
  'messageShape() has the operations that Evolution was measured with, and no other',
)
for (const userAgent of [
  undefined,
  '',
  'evolution/3.56.1',
  'Evolution',
  'Evolutionary/1.0',
  'Mozilla/5.0 Evolution/3.56.1',
  'exchangelib/5.5.0 (python-requests/2.32.3)',
  'ExchangeServicesClient/0.0.0.0',
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/90.0.4430.93 Safari/537.36 Edg/90.0.818.49',
  'Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Thunderbird/153.8.0',
  'curl/8.14.1',
])
  t.equal(messageShape(userAgent, 'CreateItem'), undefined, `messageShape() of ${userAgent}`)
for (const operation of ['toString', '__proto__', 'NoSuchOperation', 'CreateItemResponse'])
  t.equal(messageShape(EVOLUTION, operation), undefined, `messageShape() of ${operation}`)

const answerTo = (reason: Reason) => faultAnswer({ reason }, true)
const shape = messageShape(EVOLUTION, 'CreateItem')
if (shape === undefined) throw new TypeError('CreateItem has no shape')
const serverVersion = {
  majorVersion: 15,
  minorVersion: 2,
  majorBuildNumber: 1544,
  minorBuildNumber: 9,
  version: 'V2017_07_11',
}

t.test('writeResponseError() has a message for each entry, in the order of the schema', async t => {
  const reason = 'role-is-read-only'
  const facts = { reason, answer: answerTo(reason), decisionId, serverVersion } as const
  const text = writeResponseError(facts, { shape, count: 3 })
  t.ok(text.startsWith('<?xml version="1.0"'), 'begins at byte 0')
  const { Envelope } = new XMLParser({ removeNSPrefix: true, ignoreAttributes: false }).parse(text)
  t.equal(Envelope.Header.ServerVersionInfo['@_Version'], 'V2017_07_11')
  const messages = Envelope.Body.CreateItemResponse.ResponseMessages.CreateItemResponseMessage
  const words = 'Access is denied. Check credentials and try again. The role is read-only.'
  const message = {
    MessageText: `${words} (decision ID ${decisionId})`,
    ResponseCode: 'ErrorAccessDenied',
    DescriptiveLinkKey: 0,
    Items: '',
    '@_ResponseClass': 'Error',
  }
  t.strictSame(messages, [message, message, message])
  t.strictSame(Object.keys(messages[0]), Object.keys(message))
})

t.test('writeResponseError() has no other element if a message needs none', async t => {
  const reason = 'role-is-read-only'
  const facts = { reason, answer: answerTo(reason), decisionId } as const
  const text = writeResponseError(facts, { shape: { operation: 'DeleteItem' }, count: 1 })
  const { Envelope } = new XMLParser({ removeNSPrefix: true }).parse(text)
  const message = Envelope.Body.DeleteItemResponse.ResponseMessages.DeleteItemResponseMessage
  t.strictSame(Object.keys(message), ['MessageText', 'ResponseCode', 'DescriptiveLinkKey'])
})

const wordsIn = (text: string, element: string) =>
  new RegExp(`<${element}[^>]*>([^<]*)</`).exec(text)?.[1]

for (const reason of REASONS) {
  const facts = { reason, answer: answerTo(reason), decisionId, message: 'a<b>&"c"' }
  const text = writeResponseError(facts, { shape, count: 1 })
  t.equal(XMLValidator.validate(text), true, `writeResponseError() of ${reason} is well-formed`)
  t.equal(
    wordsIn(text, 'm:MessageText'),
    `${wordsIn(writeFault(facts), 'faultstring')} (decision ID ${decisionId})`,
    `R2 writeResponseError() of ${reason} says what its fault says`,
  )
}
