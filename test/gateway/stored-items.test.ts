/**
 * R13: what the gateway makes of the upstream's answers about stored items.
 */

import t from 'tap'
import { authorize } from '../../src/decision/authorize.ts'
import { loadAndDecide } from '../../src/decision/load.ts'
import { readEnvelope } from '../../src/ews/reader.ts'
import { askItems } from '../../src/gateway/stored-items.ts'
import { ERRORS_NS, MESSAGES_NS, SOAP_NS, TYPES_NS } from '../../src/model/envelope.ts'
import { Failure } from '../../src/model/failure.ts'
import { byAddress } from '../../src/model/identity.ts'
import type { DataKind, Entry, IdOf, MissingSubject, ValueOf } from '../../src/model/policy-data.ts'
import type { StoredItemResult } from '../../src/model/stored-item.ts'
import type { Upstream, UpstreamRequest } from '../../src/upstream/upstream.ts'
import { ANN, GET_FOLDER, ORGANIZATION, TestData } from '../decision/data.ts'
import { requestWith } from '../policy/guard-cases.ts'

type Served = Pick<Upstream, 'send'> & { readonly requests: UpstreamRequest[]; aborted: number }

/** An upstream that gives one response to everything, in chunks, or fails. */
function upstreamWith(response: readonly string[] | Failure): Served & Upstream {
  const served = {
    requests: [] as UpstreamRequest[],
    aborted: 0,
    send(request: UpstreamRequest, sink: Parameters<Upstream['send']>[1]) {
      served.requests.push(request)
      let open = true
      queueMicrotask(() => {
        if (response instanceof Failure) return sink.fail(response)
        for (const chunk of response) if (open) sink.chunk(Buffer.from(chunk))
        if (open) sink.end()
      })
      return {
        resume: () => undefined,
        abort: () => {
          open = false
          served.aborted += 1
        },
      }
    },
  }
  return served as unknown as Served & Upstream
}

const answers = (...messages: readonly string[]) =>
  `<s:Envelope xmlns:s="${SOAP_NS}"><s:Body xmlns:m="${MESSAGES_NS}" xmlns:t="${TYPES_NS}"><m:GetItemResponse><m:ResponseMessages>${messages.join('')}</m:ResponseMessages></m:GetItemResponse></s:Body></s:Envelope>`
const answer = (code: string, items = '') =>
  `<m:GetItemResponseMessage><m:ResponseCode>${code}</m:ResponseCode><m:Items>${items}</m:Items></m:GetItemResponseMessage>`
const message = (address: string) =>
  `<t:Message><t:ItemId Id="A" ChangeKey="CK"/><t:From><t:Mailbox><t:EmailAddress>${address}</t:EmailAddress></t:Mailbox></t:From></t:Message>`
const fault = (code: string) =>
  `<s:Envelope xmlns:s="${SOAP_NS}"><s:Body><s:Fault><detail><e:ResponseCode xmlns:e="${ERRORS_NS}">${code}</e:ResponseCode></detail></s:Fault></s:Body></s:Envelope>`

const sendItem = (ids: readonly string[]) =>
  readEnvelope(
    requestWith(
      `<m:SendItem><m:ItemIds>${ids.map(id => `<t:ItemId Id="${id}" ChangeKey="CK"/>`).join('')}</m:ItemIds></m:SendItem>`,
    ),
  ).facts

/** Asks an upstream about stored items when a decision needs them. */
class AskingData extends TestData {
  readonly #upstream: Upstream
  #results: readonly StoredItemResult[] | undefined

  constructor(upstream: Upstream) {
    super()
    this.#upstream = upstream
  }

  override find<Kind extends DataKind>(kind: Kind, id: IdOf<Kind>) {
    if (kind !== 'stored-items') return super.find(kind, id)
    return this.#results && ({ value: this.#results, from: 0 } as Entry<ValueOf<Kind>>)
  }

  override async load(missing: readonly MissingSubject[]) {
    for (const subject of missing)
      if (subject.kind === 'stored-items')
        this.#results = await askItems(this.#upstream, subject.id.items, subject.id.user, 'p-1')
  }
}

/** Returns the reason for which a SendItem is denied, or undefined. */
async function decide(served: Upstream, ids: readonly string[] = ['A']) {
  const data = new AskingData(served)
  const request = {
    ...GET_FOLDER,
    organization: { ...ORGANIZATION, opaqueIds: 'allow' as const },
    requestElement: 'SendItem',
    connectingSid: byAddress(ANN.primarySmtpAddress),
    body: sendItem(ids),
  }
  const { decision } = await loadAndDecide(data, () => authorize(request, data))
  return decision.verdict === 'deny' ? decision.reason : undefined
}

/** Fields of the error that tap compares a rejection with. */
const UNREACHABLE = { reason: 'upstream-unreachable' } as unknown as Error
const OWN = answer('NoError', message('ann@example.com'))
for (const [name, response, ids, expected] of [
  ['an item of the user', [answers(OWN)], ['A'], undefined],
  [
    'an item of another user',
    [answers(answer('NoError', message('bob@example.com')))],
    ['A'],
    'sender-refused',
  ],
  ['an answer in chunks', answers(OWN).match(/.{1,7}/gs) ?? [], ['A'], undefined],
  ['an item that is not there', [answers(answer('ErrorItemNotFound'))], ['A'], 'sender-refused'],
  [
    'an item that cannot be opened',
    [answers(answer('ErrorAccessDenied'))],
    ['A'],
    'sender-refused',
  ],
  ['too few answers', [answers(OWN)], ['A', 'B'], 'sender-refused'],
  ['too many answers', [answers(OWN, OWN)], ['A'], 'sender-refused'],
  ['no answer', [answers()], ['A'], 'sender-refused'],
  [
    'two items in one answer',
    [answers(answer('NoError', message('ann@example.com').repeat(2)))],
    ['A'],
    'sender-refused',
  ],
  ['a fault', [fault('ErrorImpersonateUserDenied')], ['A'], 'sender-refused'],
] as const)
  t.test(`R13 ${name}`, async t => {
    t.equal(await decide(upstreamWith(response), ids), expected)
  })

for (const [name, response] of [
  ['a busy upstream', [answers(answer('ErrorServerBusy'))]],
  ['a busy upstream among other answers', [answers(OWN, answer('ErrorMailboxMoveInProgress'))]],
  ['a fault of a busy upstream', [fault('ErrorServerBusy')]],
  ['a fault of a store', [fault('ErrorMailboxStoreUnavailable')]],
  ['an internal error', [answers(answer('ErrorInternalServerError'))]],
  ['a timeout', [answers(answer('ErrorTimeoutExpired'))]],
  ['a response that is cut off', [answers(OWN).slice(0, -1)]],
  ['a response that is not XML', ['<html>']],
  ['an empty response', ['']],
  ['a response in two documents', [answers(OWN), answers(OWN)]],
] as const)
  t.test(`P6 ${name}`, async t => {
    await t.rejects(decide(upstreamWith(response), ['A', 'B']), UNREACHABLE)
  })

t.test('P6 a busy upstream throttles', async t => {
  const busy = decide(upstreamWith([answers(answer('ErrorServerBusy'))]))
  await t.rejects(busy, { ...UNREACHABLE, kind: 'throttled' })
})

t.test('P6 an upstream that cannot be reached', async t => {
  const failure = new Failure('upstream-timeout', 'x')
  await t.rejects(decide(upstreamWith(failure)), failure)
})

t.test('R30 a response is read up to 1 MiB', async t => {
  const blanks = (length: number) => ' '.repeat(length)
  const whole = answers(OWN)
  const fits = upstreamWith([whole, blanks((1 << 20) - whole.length)])
  t.equal(await decide(fits), undefined)
  const large = upstreamWith([whole, blanks((1 << 20) - whole.length + 1)])
  await t.rejects(decide(large), UNREACHABLE)
  t.equal(large.aborted, 1)
})

t.test('R13 one request, as the user, asks about all items', async t => {
  const served = upstreamWith([answers(OWN, OWN, OWN)])
  t.equal(await decide(served, ['A', 'B&amp;&lt;&quot;', 'C']), undefined)
  t.equal(served.requests.length, 1)
  const [request] = served.requests
  t.match(request, { owner: 'p-1', anchorMailbox: 'ann@example.com', compress: false })
  const body = Buffer.from(request?.body as Uint8Array).toString()
  t.equal(Buffer.byteLength(body), request?.contentLength)
  t.match(body, '<PrimarySmtpAddress>ann@example.com<')
  t.doesNotThrow(() => readEnvelope(Buffer.from(body)))
  t.match(body, '<m:ItemShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>')
  t.strictSame(
    [...body.matchAll(/<t:(?:Extended)?FieldURI ([^/]*)\/>/g)].map(([, attributes]) => attributes),
    [
      'FieldURI="item:ItemClass"',
      'FieldURI="message:From"',
      'FieldURI="message:Sender"',
      'FieldURI="calendar:Organizer"',
      'PropertyTag="0x0065" PropertyType="String"',
      'PropertyTag="0x0C1F" PropertyType="String"',
      'PropertyTag="0x5D01" PropertyType="String"',
      'PropertyTag="0x5D02" PropertyType="String"',
      'PropertyTag="0x0041" PropertyType="Binary"',
      'PropertyTag="0x0C19" PropertyType="Binary"',
      'DistinguishedPropertySetId="InternetHeaders" PropertyName="From" PropertyType="String"',
      'DistinguishedPropertySetId="InternetHeaders" PropertyName="Sender" PropertyType="String"',
    ],
    'it asks for every property that can name a sender',
  )
  t.match(
    body,
    '<m:ItemIds><t:ItemId Id="A"/><t:ItemId Id="B&amp;&lt;&quot;"/><t:ItemId Id="C"/></m:ItemIds>',
  )
})

t.test('R13 the gateway does not ask about items that are denied or not sent', async t => {
  const never = upstreamWith(new Failure('internal-error', 'x'))
  t.equal(await decide(never, []), undefined)
  t.equal(await decide(never, Array(501).fill('A')), 'sender-refused')
  t.strictSame(never.requests, [])
})
