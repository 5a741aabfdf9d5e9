/**
 * Steps of one request for Autodiscover in their order, and its response to each failure.
 */

import t from 'tap'
import { discover } from '../../src/gateway/autodiscover.ts'
import type { RequestContext } from '../../src/gateway/context.ts'
import { ByteBudget, overBudget } from '../../src/http/byte-budget.ts'
import { AUTODISCOVER_NS, SOAP_NS } from '../../src/model/envelope.ts'
import { Failure } from '../../src/model/failure.ts'
import { organizationId } from '../../src/model/identity.ts'
import { CREDENTIAL, ROLE } from '../decision/data.ts'
import { DENYING, DecisionWorld, GONE } from './decision-world.ts'
import { ANN, FakeResponse } from './exchange-world.ts'

const GET = {
  method: 'GET',
  url: `/autodiscover/autodiscover.json?email=${ANN}&protocol=ews`,
  headers: {},
}
const POST = { method: 'POST', url: '/', headers: { 'content-type': 'text/xml' } }

const soap = (setting: string) =>
  `<s:Envelope xmlns:s="${SOAP_NS}" xmlns:a="${AUTODISCOVER_NS}"><s:Body>` +
  `<a:GetUserSettingsRequestMessage><a:Request><a:Users><a:User><a:Mailbox>${ANN}</a:Mailbox></a:User></a:Users>` +
  `<a:RequestedSettings><a:Setting>${setting}</a:Setting></a:RequestedSettings></a:Request>` +
  '</a:GetUserSettingsRequestMessage></s:Body></s:Envelope>'

/** Parts of responses, each of which only one kind of response has. */
const MARKS = {
  '//ews.example.com/EWS/Exchange.asmx': 'URL',
  '>G</a:Value>': 'grouping',
  SettingIsNotAvailable: 'no grouping',
  'address cannot be found': 'not found',
  InvalidRequest: 'invalid',
  'exceeds the limit of 16384 bytes.\n': 'too large',
  'An internal error occurred\n': 'internal error',
  'The gateway cannot process the request now. Try again later\n': 'later',
}

type Given = Readonly<{
  request?: typeof GET | typeof POST
  setting?: string
  headers?: Readonly<Record<string, string>>
  expectsContinue?: boolean
  isKnown?: boolean
  /** Fields of the caller that differ. */
  caller?: object
  organization?: ReturnType<typeof organizationId>
  /** Whether the upstream has Autodiscover, and its GroupingInformation. */
  hasAutodiscover?: boolean
  grouping?: string
  /** Changes the policy data. */
  change?: (world: DecisionWorld) => void
  take?: () => void
  next?: (response: FakeResponse) => void
  written?: () => Promise<void>
}>

/** Answers a request. Returns its steps. */
async function discovered(given: Given): Promise<string[]> {
  const { request = POST, setting = 'ExternalEwsUrl', isKnown = true } = given
  const world = new DecisionWorld()
  given.change?.(world)
  if (given.hasAutodiscover) Object.assign(world.served.upstream, { autodiscover: {} })
  const { context, caller: known } = world.calling(given.organization)
  const credential = { kind: 'access-key', key: CREDENTIAL.key }
  const caller = { ...known, credential, ...given.caller }
  const steps: string[] = []
  const step = (name: string) => () => void steps.push(name)
  const response = Object.assign(new FakeResponse(), {
    ...{ socket: {}, writeContinue: step('continue'), destroy: step('destroyed') },
  })
  const text = (status: number, body: string) => {
    const marks = Object.entries(MARKS).filter(([mark]) => body.includes(mark))
    steps.push([status, ...marks.map(([, name]) => name)].join(' '))
    response.end()
  }
  const chunks = [Buffer.from(soap(setting))]
  const body = {
    ...{ announced: undefined, bytes: 1, chunks: 1, received: 1, failed: false },
    next: async () => {
      steps.push('read')
      given.next?.(response)
      return chunks.shift()
    },
    expectWithin: () => undefined,
    release: step('released'),
  }
  const authentication = isKnown ? { kind: 'authenticated', caller } : { kind: 'missing' }
  const record = (fields: Readonly<Record<string, unknown>>) => {
    const { type, verdict, ended, reason, operation, connectingSid, roleId } = fields
    const { value } = Object(connectingSid)
    steps.push([type, verdict ?? ended, reason, operation, value, roleId].filter(Boolean).join(' '))
  }
  const ports = {
    ...context.server.ports,
    journalShares: { check: () => undefined, count: () => 1 },
    now: () => 0,
    authenticator: { authenticate: () => authentication },
    settings: { publicUrl: given.headers ? undefined : 'https://ews.example.com' },
    metrics: {
      signIns: { ofRequest: () => undefined, unauthenticated: () => undefined },
      policy: { failedClosed: () => undefined },
      request: ({ verdict, operation, role }: Readonly<Record<string, string>>) =>
        void steps.push(`sample ${verdict} ${operation} ${role}`),
    },
    audit: { record, written: given.written ?? (async () => undefined) },
    log: {
      isLevelEnabled: () => false,
      error: ({ err }: Readonly<{ err: unknown }>) => void steps.push(`${err}`),
    },
  }
  const enter = () => {
    steps.push('entered')
    return step('left')
  }
  const of = async (_: unknown, address: string) => {
    steps.push(`asked for ${address}`)
    return given.grouping
  }
  const asked = {
    ...context,
    ...{ decisionId: 'd', receivedAt: 0, expectsContinue: given.expectsContinue ?? false },
    request: { ...request, headers: { ...request.headers, ...given.headers } },
    response,
    body,
    reservation: new ByteBudget(1_000_000).open('192.0.2.7'),
    reply: { text, unauthorized: (token: string) => void steps.push(`401 ${token}`) },
    server: {
      ...context.server,
      ports,
      connections: { of: () => undefined },
      rate: { take: given.take ?? (() => undefined) },
      inFlight: { enter },
      groupings: { of },
      failureLog: { failed: () => undefined },
      drain: { drain: step('drained') },
    },
  }
  await discover(asked as unknown as RequestContext, request === GET ? 'json' : 'soap')
  return steps
}

const throwing = (error: Error) => () => {
  throw error
}
const GROUPING = { setting: 'GroupingInformation' }
const BUG = new TypeError('bug')
const READ = ['entered', 'read', 'read']
const ON_ANN = `AutoDiscover ${ANN}`
const LEFT = ['left', 'released', 'drained']
const allowed = (...answer: readonly string[]) => [
  ...[`decision allow ${ON_ANN} r`, ...answer, ...LEFT],
  ...['sample allow AutoDiscover r', 'outcome complete'],
]
const denied = (reason: string, answer: string, role?: string) => [
  ...READ,
  [`decision deny ${reason} ${ON_ANN}`, role].filter(Boolean).join(' '),
  answer,
  ...(answer.startsWith('401') ? ['left'] : LEFT),
  ...[`sample deny AutoDiscover ${role}`, 'outcome fault'],
]
const failed = (reason: string, answer: readonly string[], operation = ON_ANN) => [
  `decision error ${reason} ${operation}`,
  ...answer,
  ...(answer.includes('destroyed') ? ['left'] : LEFT),
  ...['sample error AutoDiscover undefined', 'outcome fault'],
]
const unread = (reason: string, ...answer: readonly string[]) =>
  failed(reason, answer, 'AutoDiscover')
const ONCE = READ.slice(0, 2)

for (const [what, given, expected] of [
  ['returns the URL', {}, [...READ, ...allowed('200 URL')]],
  ['reads no body of a GET', { request: GET }, ['entered', ...allowed('200 URL')]],
  [
    'asks for a body',
    { expectsContinue: true },
    ['entered', 'continue', 'read', 'read', ...allowed('200 URL')],
  ],
  [
    'asks the upstream for the grouping of the user',
    { ...GROUPING, hasAutodiscover: true, grouping: 'G' },
    [...READ, ...allowed(`asked for ${ANN}`, '200 grouping')],
  ],
  [
    'says that the upstream has no grouping',
    { ...GROUPING, hasAutodiscover: true },
    [...READ, ...allowed(`asked for ${ANN}`, '200 no grouping')],
  ],
  ['says nothing of a grouping without Autodiscover', GROUPING, [...READ, ...allowed('200')]],
  [
    'asks for a grouping only if the client does',
    { hasAutodiscover: true },
    [...READ, ...allowed('200 URL')],
  ],
  ['needs credentials', { isKnown: false }, ['401 none', 'released', 'drained']],
  [
    'hides a denied user',
    { change: ({ data }) => data.put('role', ROLE.id, DENYING) },
    denied('rule-denies', '200 not found', 'r'),
  ],
  [
    'answers 401 if the identity of the caller was removed',
    { caller: { proof: { kind: 'identity', reference: 'i', identity: 'i' } } },
    denied('credentials-refused', '401 invalid'),
  ],
  [
    'hides that an organization is not configured',
    { organization: organizationId(`m-${'f'.repeat(32)}`) },
    [...READ, ...failed('role-unknown', ['200 not found'])],
  ],
  [
    'rejects a client over its limit',
    { take: throwing(overBudget()) },
    [
      'decision error over-budget AutoDiscover',
      '503 later',
      ...LEFT.slice(1),
      'sample error AutoDiscover undefined',
      'outcome fault',
    ],
  ],
  [
    'rejects another type before it asks for a body',
    { headers: { 'content-type': 'text/html' }, expectsContinue: true },
    ['entered', ...unread('encoding-refused', '200 invalid')],
  ],
  [
    'rejects a long body before it asks for it',
    { headers: { 'content-length': '16385' }, expectsContinue: true },
    ['entered', ...unread('body-too-large', '413 too large')],
  ],
  [
    'takes the longest body',
    { headers: { 'content-length': '16384', host: 'ews.example.com' } },
    [...READ, ...allowed('200 URL')],
  ],
  [
    'rejects a Host that is none',
    { headers: { host: 'a b' } },
    [...READ, ...failed('header-refused', ['200 invalid'])],
  ],
  [
    'asks to try again if policy data is missing',
    { change: world => world.lose(GONE, false) },
    [...READ, ...failed('policy-unavailable', ['503 later'])],
  ],
  [
    'logs an unhandled error',
    { next: throwing(BUG) },
    [...ONCE, ...unread('internal-error', '500 internal error').toSpliced(0, 0, `${BUG}`)],
  ],
  [
    'sends nothing to a client that left',
    { next: throwing(new Failure('client-gone', '')) },
    [...ONCE, ...unread('client-gone', 'destroyed')],
  ],
  [
    'sends nothing behind a response',
    {
      next: (response: FakeResponse) => {
        response.headersSent = true
        throw overBudget()
      },
    },
    [...ONCE, ...unread('over-budget', 'destroyed')],
  ],
  [
    'sends nothing on a closed connection',
    {
      next: (response: FakeResponse) => {
        response.destroyed = true
        throw overBudget()
      },
    },
    [...ONCE, ...unread('over-budget', 'destroyed').slice(0, -1), 'outcome client-gone'],
  ],
] as const satisfies readonly (readonly [string, Given, readonly string[]])[])
  t.test(`discover() ${what}`, async t => t.strictSame(await discovered(given), expected))

t.test('discover() sends no URL before its decision is recorded', async t => {
  const unavailable = new Failure('audit-unavailable', '')
  const steps = await discovered({ written: () => Promise.reject(unavailable) })
  t.strictSame(steps.slice(READ.length, -4), [`decision allow ${ON_ANN} r`, '503 later', 'left'])
})
