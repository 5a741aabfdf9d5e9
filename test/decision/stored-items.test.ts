/**
 * R13: what a decision concludes from what the upstream says about stored items.
 */

import t from 'tap'
import { authorize } from '../../src/decision/authorize.ts'
import { explain } from '../../src/decision/explain.ts'
import { loadAndDecide } from '../../src/decision/load.ts'
import { NO_FACTS, readEnvelope } from '../../src/ews/reader.ts'
import type { BodyFacts, SentItem } from '../../src/model/envelope.ts'
import type { Organization } from '../../src/model/identity.ts'
import type { StoredItem, StoredItemResult } from '../../src/model/stored-item.ts'
import { requestWith } from '../policy/guard-cases.ts'
import { coldData, crowdNames } from './crowd.ts'
import { ANN, GET_FOLDER, ORGANIZATION, ROLE } from './data.ts'

type Results = readonly StoredItemResult[] | undefined

const found = (senders: readonly string[], change: Partial<StoredItem> = {}): StoredItemResult => ({
  code: 'NoError',
  item: { kind: 'Message', changeKey: 'CK', senders, unknownSender: false, ...change },
})
const notFound = (code: string): StoredItemResult => ({ code, item: undefined })

const OWN = found(['ann@example.com'])
const OTHER = found(['bob@example.com'])
const BOTH = found(['ann@example.com', 'bob@example.com'])

const sendItem = (ids: readonly string[]): BodyFacts =>
  readEnvelope(
    requestWith(
      `<m:SendItem><m:ItemIds>${ids.map(id => `<t:ItemId Id="${id}" ChangeKey="CK"/>`).join('')}</m:ItemIds></m:SendItem>`,
    ),
  ).facts

const sending = (...sentItems: readonly SentItem[]): BodyFacts => ({
  ...NO_FACTS,
  sends: true,
  sentItems,
})

/** Kinds of items that are not meetings. */
const NO_MEETINGS = [
  'Contact',
  'DistributionList',
  'MeetingCancellation',
  'MeetingMessage',
  'MeetingRequest',
  'MeetingResponse',
  'Message',
  'PostItem',
  'Task',
]

/** Decides on a body as Ann; returns the loads of stored items, too. */
async function decideOn(
  facts: BodyFacts,
  results: Results,
  change: Partial<Organization> = {},
  requestElement = 'SendItem',
) {
  const { data } = coldData(['name', 'shared-mailbox'], { 'stored-items': () => results })
  const organization: Organization = { ...ORGANIZATION, opaqueIds: 'allow', ...change }
  const request = { ...GET_FOLDER, requestElement, organization, body: facts }
  const { decision } = await loadAndDecide(data, () => authorize(request, data))
  const explained = explain(request, data)
  t.strictSame('decided' in explained && explained.decided?.decision, decision)
  const queries = data.loaded.flatMap(({ kind, ...subject }) =>
    kind === 'stored-items' && 'id' in subject ? [subject.id] : [],
  )
  return { reason: decision.verdict === 'deny' ? decision.reason : undefined, queries }
}

t.test('R13 a stored item is sent if the upstream reports that its sender is the user', async t => {
  for (const [name, ids, results, expected] of [
    ['an item of the user', ['A'], [OWN], undefined],
    ['an item of an alias', ['A'], [found(['ANN.alias@example.com'])], undefined],
    ['an item that names no sender', ['A'], [found([])], undefined],
    ['an item of another user', ['A'], [OTHER], 'sender-refused'],
    ['an item of the principal name', ['A'], [found(['ann@corp.example.com'])], 'sender-refused'],
    ['an item of two users', ['A'], [BOTH], 'sender-refused'],
    ['an unknown sender', ['A'], [found([], { unknownSender: true })], 'sender-refused'],
    ['another change', ['A'], [found([], { changeKey: 'other' })], 'sender-refused'],
    ['an item of another user among others', ['A', 'B'], [OWN, OTHER], 'sender-refused'],
    ['an item that is not there', ['A'], [notFound('ErrorItemNotFound')], 'sender-refused'],
    ['an item that can’t be opened', ['A'], [notFound('ErrorAccessDenied')], 'sender-refused'],
    ['too few results', ['A', 'B'], [OWN], 'sender-refused'],
    ['too many results', ['A'], [OWN, OWN], 'sender-refused'],
    ['no result', ['A'], [], 'sender-refused'],
    ['a value that is none', ['A'], undefined, 'sender-refused'],
    ['a fault', ['A', 'B'], [notFound('fault:ErrorImpersonateUserDenied')], 'sender-refused'],
  ] as const)
    t.equal((await decideOn(sendItem(ids), results)).reason, expected, name)
})

t.test('R13 stored items can have up to 500 other senders that the role allows', async t => {
  const organization: Organization = { ...ORGANIZATION, opaqueIds: 'allow' }
  const body = sendItem(['A'])
  const request = { ...GET_FOLDER, requestElement: 'SendItem', organization, body }
  for (const [others, expected] of [
    [500, 'allow'],
    [501, 'deny'],
  ] as const) {
    const senders = ['ann', ...crowdNames(others)].map(name => `${name}@example.com`)
    const results = () => [found(senders)]
    const { data } = coldData(['name', 'shared-mailbox'], { 'stored-items': results })
    data.put('role', ROLE.id, { ...ROLE, guard: { ...ROLE.guard, senders: 'permitted' } })
    const { decision } = await loadAndDecide(data, () => authorize(request, data))
    t.equal(decision.verdict, expected, `${others} others`)
    t.equal('reason' in decision && decision.reason, others > 500 && 'sender-refused')
  }
})

t.test('R13 an item that is sent only if it is a meeting is looked up', async t => {
  for (const [name, result, expected] of [
    ...NO_MEETINGS.map(
      kind =>
        [`is a ${kind} of another user`, found(['bob@example.com'], { kind }), undefined] as const,
    ),
    ['is not there', notFound('ErrorItemNotFound'), undefined],
    ['is a meeting of the user', found(['ann@example.com'], { kind: 'CalendarItem' }), undefined],
    ['is a meeting of another', found(['bob@example.com'], { kind: 'CalendarItem' }), 'refused'],
    ['is of a kind that may be one', found(['bob@example.com'], { kind: 'Strange' }), 'refused'],
    ['can’t be opened', notFound('ErrorAccessDenied'), 'refused'],
  ] as const) {
    const { reason } = await decideOn(sending({ id: 'A', onlyMeetings: true }), [result])
    t.equal(reason, expected && 'sender-refused', name)
  }
})

t.test('R13 a message that is sent only if it is a meeting can have changed', async t => {
  const item = { id: 'A', changeKey: 'old', onlyMeetings: true } as const
  for (const [kind, expected] of [
    ['Message', undefined],
    ['CalendarItem', 'sender-refused'],
  ] as const)
    t.equal(
      (await decideOn(sending(item), [found(['ann@example.com'], { kind })])).reason,
      expected,
    )
})

t.test('R13 one request, as the user, asks about all items', async t => {
  const facts = sendItem(['A', 'B&amp;&lt;&quot;', 'C'])
  const { reason, queries } = await decideOn(facts, [OWN, OWN, OWN])
  t.equal(reason, undefined)
  t.strictSame(queries, [{ items: facts.sentItems, user: ANN }])
})

t.test('R13 the gateway does not ask about items that are denied or not sent', async t => {
  const item = { id: 'A' }
  for (const [name, facts, change, element, expected] of [
    ['no items', sendItem([]), {}, 'SendItem', undefined],
    ['501 items', sendItem(Array(501).fill('A')), {}, 'SendItem', 'sender-refused'],
    ['a server that checks', sending(item), { enforcesSendAs: true }, 'SendItem', undefined],
    [
      'a body that is denied',
      { ...sending(item), unknownSender: true },
      {},
      'SendItem',
      'sender-refused',
    ],
    ['an operation that is denied', sending(item), {}, 'AddDelegate', 'operation-refused'],
  ] as const) {
    const { reason, queries } = await decideOn(facts, undefined, change, element)
    t.equal(reason, expected, name)
    t.strictSame(queries, [], name)
  }
})

t.test('R44 an update without a disposition sends nothing on grommunio', async t => {
  const update = (updates = '') =>
    readEnvelope(
      requestWith(
        '<m:UpdateItem ConflictResolution="AutoResolve"><m:ItemChanges><t:ItemChange><t:ItemId Id="A"/>' +
          `<t:Updates>${updates}</t:Updates></t:ItemChange></m:ItemChanges></m:UpdateItem>`,
      ),
    ).facts
  const asBob =
    '<t:SetItemField><t:FieldURI FieldURI="message:From"/><t:Message><t:From><t:Mailbox>' +
    '<t:EmailAddress>bob@example.com</t:EmailAddress></t:Mailbox></t:From></t:Message></t:SetItemField>'
  for (const [kind, facts, expected] of [
    ['grommunio', update(), undefined],
    ['grommunio', update(asBob), undefined],
    ['exchange', update(), 'sender-refused'],
    ['exchange', update(asBob), 'sender-refused'],
    ['other', update(), 'sender-refused'],
    [undefined, update(), 'sender-refused'],
  ] as const) {
    const { reason, queries } = await decideOn(facts, [OTHER], kind && { kind }, 'UpdateItem')
    t.equal(reason, expected, `${kind}`)
    t.equal(
      queries.length > 0 && facts.senders.length === 0,
      expected !== undefined && facts.senders.length === 0,
    )
  }
})

t.test('R13 grommunio sends an item whatever ChangeKey the request has', async t => {
  const changed = found(['ann@example.com'], { changeKey: 'other' })
  for (const [kind, result, expected] of [
    ['grommunio', changed, undefined],
    ['grommunio', OTHER, 'sender-refused'],
    ['exchange', changed, 'sender-refused'],
    ['other', changed, 'sender-refused'],
    [undefined, changed, 'sender-refused'],
  ] as const)
    t.equal(
      (await decideOn(sendItem(['A']), [result], kind && { kind })).reason,
      expected,
      `${kind}`,
    )
})
