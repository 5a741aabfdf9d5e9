/**
 * Steps of one request in their order, and what is given back at its end.
 */

import t from 'tap'
import type { RequestContext } from '../../src/gateway/context.ts'
import { handle } from '../../src/gateway/handle.ts'
import { SMALL_BODY_BYTES } from '../../src/gateway/read.ts'
import { PrologueMemory } from '../../src/gateway/remember.ts'
import { ByteBudget } from '../../src/http/byte-budget.ts'
import { Failure } from '../../src/model/failure.ts'
import type { HeldSubject } from '../../src/model/policy-data.ts'
import type { AnswerSink } from '../../src/upstream/upstream.ts'
import { DEFAULT_LIMITS } from '../../src/xml/limits.ts'
import { CREDENTIAL, ORGANIZATION, ROLE } from '../decision/data.ts'
import { createItem, envelope, GET_FOLDER, prologue } from '../kit/corpus.ts'
import { messagesTo } from '../kit/responses.ts'
import { DENYING, DecisionWorld } from './decision-world.ts'
import { ANN, FakeResponse, putSubscription } from './exchange-world.ts'

const START = prologue(ANN).length
const EMPTY_FOLDER =
  '<m:EmptyFolder DeleteType="HardDelete" DeleteSubFolders="false"><m:FolderIds>' +
  '<t:DistinguishedFolderId Id="deleteditems"/></m:FolderIds></m:EmptyFolder>'
const SUBSCRIBE =
  '<m:Subscribe><m:StreamingSubscriptionRequest><t:FolderIds><t:DistinguishedFolderId Id="inbox"/></t:FolderIds>' +
  '<t:EventTypes><t:EventType>NewMailEvent</t:EventType></t:EventTypes></m:StreamingSubscriptionRequest></m:Subscribe>'
const UNSUBSCRIBE = '<m:Unsubscribe><m:SubscriptionId>sub</m:SubscriptionId></m:Unsubscribe>'
const SUBSCRIBED = messagesTo('Subscribe', [
  '<m:ResponseCode>NoError</m:ResponseCode><m:SubscriptionId>sub</m:SubscriptionId>',
])

type Given = Readonly<{
  operation?: string
  /** Offset at which the body is split in two chunks, of which the second arrives later. */
  split?: number
  /** Length of the body that arrives. */
  end?: number
  announced?: number
  headers?: Readonly<Record<string, string>>
  role?: typeof ROLE
  isKnown?: boolean
  expectsContinue?: boolean
  /** Whether the role must be loaded. */
  isCold?: boolean
  /** Whether the subscription of the request is the user's own. */
  isSubscribed?: boolean
  /** Maximum size of a body at the organization's server. */
  bodyBytes?: number
  /** Whether the decision takes a connection for a question about stored items. */
  asks?: boolean
  /** Whether the role has too many requests. */
  isLimited?: boolean
}>

/** Handles a request. Returns its steps, and the bytes that are still reserved. */
async function handled({
  operation = GET_FOLDER,
  split,
  end,
  announced,
  headers = {},
  role = ROLE,
  isKnown = true,
  expectsContinue = false,
  isCold = false,
  isSubscribed = false,
  bodyBytes,
  asks = false,
  isLimited = false,
}: Given) {
  const world = new DecisionWorld(role)
  const { context, caller: known } = world.calling()
  const caller = { ...known, credential: { kind: 'access-key', key: CREDENTIAL.key } }
  const steps: string[] = []
  if (isCold || asks) world.data.hide('role', ROLE.id)
  const load = world.data.load.bind(world.data)
  world.data.load = async missing => {
    const stored = { kind: 'stored-items', id: { items: [], user: {} } } as unknown as HeldSubject
    if (asks)
      await world.held
        .at(-1)
        ?.load([stored])
        .catch(() => undefined)
    await load(missing)
  }
  if (isSubscribed) putSubscription(world)
  const step = (name: string) => () => void steps.push(name)
  const entered = (name: string) => () => {
    steps.push(name)
    return step(`${name} ended`)
  }
  const text = envelope(ANN, operation).slice(0, end)
  const rest = split === undefined ? [text] : [text.slice(0, split), text.slice(split)]
  // Node.js passes on the bytes of a small body in the turn of its headers, behind the call of the handler.
  let isArrived = false
  const body = {
    announced: announced ?? text.length,
    bytes: 0,
    chunks: 0,
    failed: false,
    received: 0,
    get complete() {
      return rest.length === 0
    },
    next: () => {
      if (!isArrived) steps.push('read too early')
      const chunk = Buffer.from(rest.shift() ?? '')
      body.bytes += chunk.length
      body.chunks += 1
      return chunk.length > 0 ? chunk : undefined
    },
    flow: () => undefined,
    expectWithin: () => undefined,
    release: step('released'),
  }
  const send = (_: unknown, sink: AnswerSink) => {
    steps.push('send')
    queueMicrotask(() => {
      sink.head({ status: 200, headers: [], gzip: false, cookies: [] })
      sink.chunk(Buffer.from(operation === SUBSCRIBE ? SUBSCRIBED : '<response/>'))
      sink.end()
    })
    return { responseCode: 'NoError', isFault: false, abort: () => undefined }
  }
  Object.assign(world.served.upstream, {
    serverVersion: () => undefined,
    send,
    lease: () => ({ send, release: step('connection freed') }),
  })
  if (bodyBytes !== undefined)
    Object.assign(world.served, { organization: { ...ORGANIZATION, bodyBytes } })
  const budget = new ByteBudget(10_000_000)
  const authentication = isKnown ? { kind: 'authenticated', caller } : { kind: 'missing' }
  const limits = { ...DEFAULT_LIMITS, bodyBytes: 1_000_000, gatheredBytes: 100_000 }
  const record = ({ type, verdict, ended, reason }: Readonly<Record<string, string>>) =>
    void steps.push([type, verdict ?? ended, reason].filter(Boolean).join(' '))
  const ports = {
    ...context.server.ports,
    now: () => 0,
    authenticator: { authenticate: () => authentication, confirm: async () => caller },
    cookies: { unseal: () => ({ cookies: new Map(), anchorMailbox: undefined }) },
    subscriptions: {
      enter: async () => entered('subscribe')(),
      write: async () => void steps.push('stored'),
      used: step('used'),
      ended: step('unsubscribed'),
    },
    contentClasses: { forget: step('forgotten') },
    prologues: new PrologueMemory(),
    settings: { limits, timeouts: { upstreamMs: 1_000 } },
    budget,
    metrics: {
      signIns: { ofRequest: () => undefined, unauthenticated: () => undefined },
      upstream: { failed: () => undefined },
      request: ({ verdict, operation, role, organization }: Readonly<Record<string, string>>) => {
        const whose = organization === ORGANIZATION.id ? 'sample' : 'sample of another'
        steps.push(`${whose} ${verdict} ${operation} ${role}`)
      },
    },
    audit: { record, written: async () => undefined },
    journalShares: { check: step('share'), count: () => 1 },
    log: {
      isLevelEnabled: () => false,
      error: ({ err }: Readonly<{ err: unknown }>) => void steps.push(String(err)),
    },
  }
  const fault = ({ reason }: Readonly<{ reason: string }>) => void steps.push(`fault ${reason}`)
  const response = Object.assign(new FakeResponse(), {
    socket: {},
    writeContinue: step('continue'),
  })
  const handling = handle({
    ...context,
    decisionId: 'd',
    receivedAt: 0,
    request: {
      headers: { 'content-type': 'text/xml', 'content-length': `${body.announced}`, ...headers },
    },
    response,
    body,
    reservation: budget.open('192.0.2.7'),
    reply: { fault, unauthorized: step('401') },
    expectsContinue,
    server: {
      ...context.server,
      ports,
      connections: { of: () => undefined },
      rate: { take: step('taken') },
      repeated: { note: () => false },
      rateInRole: {
        take: () => {
          steps.push('taken in role')
          if (isLimited) throw new Failure('over-budget', '')
        },
        check: step('checked in role'),
      },
      inFlight: { enter: entered('request') },
      inFlightInRole: { enter: entered('request in role') },
      reevaluations: { changes: 0, add: () => () => undefined },
      failureLog: { failed: () => undefined },
      drain: { drain: step('drained') },
    },
  } as unknown as RequestContext)
  isArrived = true
  await handling
  return { steps, body, held: budget.held }
}

const IN_ROLE = ['taken in role', 'request in role']
const SENT = ['decision allow', 'send']
const LEFT = ['request ended', 'request in role ended']
const ended = (operation: string) => [
  'released',
  'drained',
  `sample allow ${operation} r`,
  'outcome complete',
]
const ENDED = ended('GetFolder')
const failed = (reason: string, operation?: string) => [
  `decision error ${reason}`,
  `fault ${reason}`,
  'request ended',
  `sample error ${operation} undefined`,
  'outcome fault',
]
const denied = (reason: string, operation: string) => [
  `decision deny ${reason}`,
  `fault ${reason}`,
  'request ended',
  `sample deny ${operation} r`,
  'outcome fault',
]

const FORWARDED = [...IN_ROLE, ...SENT, ...LEFT, ...ENDED]
const LARGE = { split: START + 60, announced: SMALL_BODY_BYTES + 1 }
const MALFORMED = failed('envelope-malformed', 'GetFolder')

for (const [what, given, expected] of [
  ['forwards it', {}, FORWARDED],
  ['loads what a decision lacks', { isCold: true }, FORWARDED],
  [
    'frees the connection of its question',
    { asks: true },
    [
      ...[...IN_ROLE, ...SENT, 'connection freed'],
      ...['request ended', 'connection freed', 'request in role ended', ...ENDED],
    ],
  ],
  [
    'frees the connection of its question if it sends nothing',
    { asks: true, isLimited: true },
    [
      ...['taken in role', 'decision error over-budget', 'fault over-budget', 'request ended'],
      ...['connection freed', 'sample error GetFolder r', 'outcome fault'],
    ],
  ],
  ['reads a prologue that arrives in parts', { split: 20 }, FORWARDED],
  [
    'rejects one that is not XML',
    { headers: { 'content-type': 'text/html' } },
    failed('encoding-refused'),
  ],
  [
    'rejects one above the limit of the gateway',
    { headers: { 'content-length': '1000001' } },
    failed('body-too-large'),
  ],
  ['rejects one above the limit of the server', { bodyBytes: 99 }, failed('body-too-large')],
  ['takes one up to the limit of the server', { bodyBytes: 5_000 }, FORWARDED],
  ['asks for a body', { expectsContinue: true }, ['continue', ...FORWARDED]],
  [
    'decides on the prologue of a body that still arrives',
    { split: START + 40 },
    ['checked in role', ...FORWARDED],
  ],
  ['rejects a body that is cut off', { end: -5 }, MALFORMED],
  [
    'rejects a body whose rest is cut off',
    { split: START + 40, end: -5 },
    ['checked in role', ...MALFORMED],
  ],
  ['denies one', { role: DENYING }, denied('rule-denies', 'GetFolder')],
  [
    'denies the prologue of one',
    { role: DENYING, split: START + 40 },
    denied('rule-denies', 'GetFolder'),
  ],
  [
    'forgets classes before and after a change',
    { operation: EMPTY_FOLDER },
    [...IN_ROLE, 'forgotten', ...SENT, ...LEFT, 'forgotten', ...ended('EmptyFolder')],
  ],
  [
    'counts a Subscribe',
    { operation: SUBSCRIBE },
    [
      ...[...IN_ROLE, 'subscribe', ...SENT, 'stored', ...LEFT, 'subscribe ended'],
      ...ended('Subscribe'),
    ],
  ],
  [
    'denies a subscription of others',
    { operation: UNSUBSCRIBE },
    denied('foreign-subscription', 'Unsubscribe'),
  ],
  [
    'records the use and the end of a subscription',
    { operation: UNSUBSCRIBE, isSubscribed: true },
    [...IN_ROLE, 'used', ...SENT, 'unsubscribed', ...LEFT, ...ended('Unsubscribe')],
  ],
  [
    'requires a verdict on a large body that the upstream has answered too early',
    { operation: createItem('x', 'x'.repeat(9_000)), ...LARGE },
    [
      ...IN_ROLE,
      ...['decision pending', 'send', 'decision error upstream-unreachable'],
      ...[...LEFT, 'released', 'drained', 'sample error CreateItem r', 'outcome complete'],
    ],
  ],
] as const satisfies readonly (readonly [string, Given, readonly string[]])[])
  t.test(`handle() ${what}`, async t => {
    const { steps, held } = await handled(given)
    t.strictSame(steps, ['share', 'taken', 'request', ...expected])
    t.equal(held, 0, 'all bytes are given back')
  })

t.test('handle() does nothing else for a request without credentials', async t => {
  const { steps, held } = await handled({ isKnown: false })
  t.strictSame(steps, ['401', 'released', 'drained'])
  t.equal(held, 0)
})

t.test('handle() reads no more of a body whose prologue is denied', async t => {
  const { body } = await handled({ role: DENYING, split: START + 40 })
  t.equal(body.bytes, START + 40)
})
