/**
 * Subscriptions that requests create, use, and end, as they are recorded.
 */

import t from 'tap'
import { EnvelopeReader } from '../../src/ews/reader.ts'
import type { Allowed, Answered } from '../../src/gateway/context.ts'
import {
  enterSubscribe,
  holdSubscribed,
  noteUnsubscribed,
  noteUsed,
} from '../../src/gateway/subscribing.ts'
import type { Failure } from '../../src/model/failure.ts'
import type { AnswerSink } from '../../src/upstream/upstream.ts'
import { ANN, BOB, CREDENTIAL, ROLE } from '../decision/data.ts'
import { envelope, GET_FOLDER } from '../kit/corpus.ts'
import { messagesTo } from '../kit/responses.ts'

const { organizationId, id: principalId } = CREDENTIAL.principal
const BY = { organizationId, roleId: ROLE.id, principalId }

const subscribe = (timeout: string) =>
  '<m:Subscribe><m:PullSubscriptionRequest><t:FolderIds><t:DistinguishedFolderId Id="inbox"/></t:FolderIds>' +
  `<t:EventTypes><t:EventType>NewMailEvent</t:EventType></t:EventTypes>${timeout}` +
  '</m:PullSubscriptionRequest></m:Subscribe>'
const SUBSCRIBE = subscribe('<t:Timeout>10</t:Timeout>')
const unsubscribe = (...ids: readonly string[]) =>
  `<m:Unsubscribe>${ids.map(id => `<m:SubscriptionId>${id}</m:SubscriptionId>`).join('')}</m:Unsubscribe>`
const getEvents = (id: string) =>
  `<m:GetEvents><m:SubscriptionId>${id}</m:SubscriptionId><m:Watermark>w</m:Watermark></m:GetEvents>`

/** Returns an allowed request, and the calls that record its subscriptions. */
function allowedOf(operation: string, more: Partial<Allowed> = {}) {
  const reader = new EnvelopeReader()
  reader.write(Buffer.from(envelope('ann@example.com', operation)))
  reader.end()
  const calls: unknown[] = []
  const call =
    (name: string) =>
    async (...args: unknown[]) =>
      void calls.push([name, ...args])
  const subscriptions = {
    enter: call('enter'),
    write: call('write'),
    used: call('used'),
    ended: call('ended'),
  }
  const allowed = {
    read: {
      reader,
      prologue: reader.prologue,
      caller: CREDENTIAL,
      context: { server: { ports: { subscriptions } } },
    },
    facts: reader.facts,
    user: ANN,
    role: ROLE,
    others: [],
    ...more,
  } as unknown as Allowed
  return { allowed, calls }
}

/** Passes on a response to Subscribe. Returns what the client gets of it. */
async function answerTo(latest: () => Allowed, text: string) {
  const got: unknown[] = []
  const answer: AnswerSink = {
    head: head => void got.push(head),
    chunk: bytes => {
      got.push(Buffer.from(bytes).toString())
      return true
    },
    end: () => void got.push('end'),
    fail: ({ reason, cause }: Failure) => void got.push([reason, String(cause)]),
  }
  const held = holdSubscribed(answer, latest)
  held.chunk(Buffer.from(text))
  held.end()
  await new Promise(setImmediate)
  return got
}

const RESPONSE = messagesTo('Subscribe', [
  '<m:ResponseCode>NoError</m:ResponseCode><m:SubscriptionId>sub&amp;1</m:SubscriptionId>',
])

t.test('enterSubscribe() counts for the principal', async t => {
  const { allowed, calls } = allowedOf(SUBSCRIBE)
  await enterSubscribe(allowed)
  t.strictSame(calls, [['enter', BY]])
})

t.test(
  'R15 holdSubscribed() stores what the last decision says before the client gets it',
  async t => {
    const contacts = { ...ROLE, profile: { name: 'contacts-sync' } } as const
    for (const [operation, more, stored] of [
      [SUBSCRIBE, {}, { others: [], folderClasses: undefined, timeout: 10 }],
      [subscribe(''), { others: [BOB.id] }, { others: [BOB.id], timeout: undefined }],
      [SUBSCRIBE, { others: undefined }, { others: undefined, timeout: 10 }],
      [SUBSCRIBE, { role: contacts }, { others: [], folderClasses: ['contacts'], timeout: 10 }],
    ] as const) {
      const { allowed, calls } = allowedOf(operation, more)
      const got = await answerTo(() => allowed, RESPONSE)
      t.strictSame(got, [RESPONSE, 'end'])
      const subscribed = { userId: ANN.id, folderClasses: undefined, ...stored }
      t.strictSame(calls, [['write', ['sub&1'], BY, subscribed]])
    }
  },
)

t.test('R15 holdSubscribed() passes nothing on that it cannot store', async t => {
  const { allowed, calls } = allowedOf(SUBSCRIBE, { user: undefined })
  const nobody = ['internal-error', 'Error: An allowed Subscribe has no impersonated user']
  t.strictSame(await answerTo(() => allowed, RESPONSE), [nobody])
  const { allowed: other } = allowedOf(SUBSCRIBE)
  t.match(await answerTo(() => other, RESPONSE.slice(0, -1)), [['upstream-unreachable']])
  t.strictSame(calls, [])
})

t.test('noteUsed() records the subscriptions that a request names', t => {
  for (const [operation, ids] of [
    [GET_FOLDER, undefined],
    [getEvents('a&amp;b'), ['a&b']],
    [unsubscribe('a', 'b'), ['a', 'b']],
  ] as const) {
    const { allowed, calls } = allowedOf(operation)
    noteUsed(allowed)
    t.strictSame(calls, ids === undefined ? [] : [['used', ids, organizationId]], operation)
  }
  t.end()
})

t.test('noteUnsubscribed() records the end of the one subscription that has ended', t => {
  for (const [operation, responseCode, ended] of [
    [unsubscribe('a'), 'NoError', 'a'],
    [unsubscribe('a'), 'ErrorSubscriptionNotFound', undefined],
    [unsubscribe('a'), undefined, undefined],
    [unsubscribe('a', 'b'), 'NoError', undefined],
    [unsubscribe(), 'NoError', undefined],
    [getEvents('a'), 'NoError', undefined],
    [SUBSCRIBE, 'NoError', undefined],
  ] as const) {
    const { allowed, calls } = allowedOf(operation)
    noteUnsubscribed({ allowed, responseCode } as Answered)
    t.strictSame(calls, ended === undefined ? [] : [['ended', ended, organizationId]], operation)
  }
  t.end()
})
