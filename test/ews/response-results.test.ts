/**
 * Results of responses: what a reader says of one that arrives in chunks, fails, or is read later.
 */

import t from 'tap'
import {
  isUnavailable,
  RESPONSE_LIMITS,
  ResponseReader,
  readResponse,
  receiveResponse,
  subscriptionIds,
} from '../../src/ews/response-reader.ts'
import { Failure } from '../../src/model/failure.ts'
import { CODE, envelope, messages } from './responses.ts'

const XML = envelope(messages('Subscribe', CODE))
const found = { code: 'NoError', folderIds: [], items: [] }
const UNREADABLE = { name: 'Failure', reason: 'upstream-unreachable' }
const RESPONSE = { fault: undefined, messages: [found] }

/** Returns the failure of a function. */
function failureOf(act: () => unknown): Failure {
  try {
    act()
  } catch (error) {
    if (error instanceof Failure) return error
    throw error
  }
  throw new Error('Nothing failed')
}

t.test('ResponseReader says which response it cannot read', async t => {
  for (const [operation, about] of [
    ['Subscribe', 'Subscribe'],
    [undefined, 'a request'],
  ] as const) {
    const failure = failureOf(() => new ResponseReader(operation).write(Buffer.from('<x>')))
    t.equal(failure.reason, 'upstream-unreachable')
    t.equal(failure.message, `Cannot read the response to ${about}`)
    t.hasStrict(failure, { kind: 'not-ews', reach: 'answered' })
    t.ok(failure.cause instanceof Failure, 'because of a failure of the scanner')
  }
})

t.test('ResponseReader reads at most 1 MiB, in any chunks', async t => {
  t.equal(RESPONSE_LIMITS.bodyBytes, 1_024 * 1_024)
  const write = (size: number, chunk: number) => {
    const bytes = Buffer.from(XML.replace('<s:Body>', `<s:Body>${' '.repeat(size - XML.length)}`))
    const reader = new ResponseReader('Subscribe')
    for (let at = 0; at < size; at += chunk) reader.write(bytes.subarray(at, at + chunk))
    return reader.end()
  }
  for (const chunk of [100_000, 2_000_000]) {
    t.strictSame(write(RESPONSE_LIMITS.bodyBytes, chunk), RESPONSE)
    t.throws(() => write(RESPONSE_LIMITS.bodyBytes + 1, chunk), UNREADABLE)
  }
})

t.test('receiveResponse() resolves with the response, or rejects with its failure', async t => {
  const whole = receiveResponse('Subscribe')
  whole.sink.head()
  t.equal(whole.sink.chunk(Buffer.from(XML.slice(0, 100))), true, 'wants more')
  t.equal(whole.sink.chunk(Buffer.from(XML.slice(100))), true)
  whole.sink.end()
  t.strictSame(await whole.response, RESPONSE)

  const invalid = receiveResponse('Subscribe')
  t.equal(invalid.sink.chunk(Buffer.from('<x>')), true, 'discards the rest')
  await t.rejects(invalid.response, { message: 'Cannot read the response to Subscribe' })

  const cut = receiveResponse('Subscribe')
  cut.sink.chunk(Buffer.from(XML.slice(0, -1)))
  cut.sink.end()
  await t.rejects(cut.response, { message: 'Cannot read the response to Subscribe' })

  const failed = receiveResponse('Subscribe')
  const failure = new Failure('upstream-unreachable', 'x')
  failed.sink.fail(failure)
  await t.rejects(failed.response, failure)
})

t.strictSame(readResponse(Buffer.from(XML), 'Subscribe'), RESPONSE)

const UNAVAILABLE = [
  ...['ErrorServerBusy', 'ErrorTimeoutExpired', 'ErrorInternalServerError'],
  ...['ErrorMailboxStoreUnavailable', 'ErrorMailboxMoveInProgress', 'ErrorMailboxFailover'],
  ...['ErrorExceededConnectionCount', 'ErrorTooManyObjectsOpened', 'ErrorInsufficientResources'],
  ...['ErrorNotEnoughMemory', 'ErrorADOperation', 'ErrorADUnavailable', 'ErrorConnectionFailed'],
  ...['ErrorNoRespondingCASInDestinationSite', 'ErrorNoApplicableProxyCASServersAvailable'],
  ...['ErrorProxyCallFailed', 'ErrorProxyRequestProcessingFailed'],
  'ErrorProxyServiceDiscoveryFailed',
]
const ORDINARY = [
  ...['NoError', 'XErrorServerBusy', 'ErrorItemNotFound', 'ServerBusy', 'ErrorMailbox'],
  ...['ErrorNonExistentMailbox', 'ErrorAccessDenied', 'ErrorProxyRequestNotAllowed'],
]
for (const code of [...UNAVAILABLE, ...ORDINARY]) {
  const expected = UNAVAILABLE.includes(code)
  const fault = { code }
  t.equal(isUnavailable({ fault, messages: [] }), expected, `a fault with ${code}`)
  const all = [found, { ...found, code }, found]
  t.equal(isUnavailable({ fault: undefined, messages: all }), expected, `a message with ${code}`)
  t.equal(isUnavailable({ fault: { code: undefined }, messages: all }), expected)
}

const subscribed = { ...found, subscriptionId: 'a' }
const failed = { ...found, code: 'ErrorX' }
for (const [all, expected] of [
  [[], []],
  [[subscribed], ['a']],
  [[failed], []],
  [
    [failed, subscribed, { ...failed, subscriptionId: 'b' }],
    ['a', 'b'],
  ],
] as const)
  t.strictSame(subscriptionIds({ fault: undefined, messages: all }), expected)
const unnamed = failureOf(() => subscriptionIds({ ...RESPONSE, messages: [subscribed, found] }))
t.equal(unnamed.reason, 'upstream-unreachable')
t.hasStrict(unnamed, { kind: 'not-ews', reach: 'answered' })
