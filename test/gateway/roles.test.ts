/**
 * Roles at the running gateway: real requests, every operation and every name under roles of many
 * kinds, each decided as it was reckoned by hand.
 */

import { readdirSync, readFileSync } from 'node:fs'
import t from 'tap'
import type { OperationName } from '../../src/ews/operations.ts'
import { readEnvelope } from '../../src/ews/reader.ts'
import { DEFAULT_GUARD } from '../../src/model/role.ts'
import { decisionOn, ROLE } from '../decision/data.ts'
import {
  type ConnectingSidInput,
  codeOf,
  createItem,
  envelope,
  GET_FOLDER,
  TIME_ZONES,
} from '../kit/corpus.ts'
import {
  type Answered,
  FULL,
  type GatewayTestServer,
  mayAssume,
  NEUTRAL,
  READ_ONLY,
  type RoleSeed,
  SERVICE,
  startGatewayTestServer,
  USERS,
} from '../kit/gateway-test-server.ts'
import { Differences } from './differences.ts'
import {
  ADDRESS_BOOK,
  addressOf,
  CATALOGUE,
  EXTRAS,
  NEUTRAL_ONES,
  type Row,
  reasonFor,
  refusedByType,
} from './expected.ts'

const extraReads = EXTRAS as readonly OperationName[]

/** Added to the two roles that each test server has. */
const ROLES: readonly RoleSeed[] = [
  { name: 'nobody', type: 'FULL_ACCESS', allow: [] },
  { name: 'bob-only', type: 'READ_ONLY', allow: ['bob@example.com'] },
  { name: 'not-the-user', type: 'FULL_ACCESS', allow: 'all', deny: ['user@example.com'] },
  {
    name: 'allowed-and-denied',
    type: 'READ_ONLY',
    allow: ['user@example.com'],
    deny: ['user@example.com'],
  },
  { name: 'no-lookups', type: 'FULL_ACCESS', allow: 'all', guard: { directoryLookups: false } },
  { name: 'extra', type: 'READ_ONLY', allow: 'all', guard: { extraReads } },
]
const ALL_BUT_SENDING: RoleSeed = {
  name: 'all-but-sending',
  type: 'FULL_ACCESS',
  allow: 'all',
  guard: { delegation: true, inboxRules: true, sending: false },
}
const ALL = [FULL, READ_ONLY, ...ROLES]

/** Requests of ews-javascript-api that are not well-formed, because it doesn't escape some text. */
const UNESCAPED =
  /^ews-javascript-api\/(009-FindItem-|013-CreateItem-|014-CreateItem-|015-CreateItem-|055-CreateItem-)/

type Capture = Readonly<{ name: string; body: string }>

function captures(): Capture[] {
  const folder = new URL('../../fixtures/captures/', import.meta.url)
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith('.http'))
    .map(name => {
      const raw = readFileSync(new URL(name, folder), 'utf8')
      return { name, body: raw.slice(raw.indexOf('\r\n\r\n') + 4) }
    })
    .filter(({ body }) => body !== '')
    .sort((one, other) => (one.name < other.name ? -1 : 1))
}

/** Reads a request as a careless reader does. */
function asked(body: string) {
  const requestElement = /Body><(?:\w+:)?(\w+)/.exec(body)?.[1] ?? ''
  const [, kind, value] =
    /ConnectingSID><\w+:(\w+)>([^<]*)</.exec(body)?.slice(0, 3).map(String) ?? []
  const named = [...body.matchAll(/<t:Address>([^<]*)</g)].map(([, address = '']) => address)
  const converted = [...body.matchAll(/<t:AlternateId [^>]*\bMailbox="([^"]*)"/g)]
  const mailboxes = [
    ...(requestElement.startsWith('GetUserAvailability') ? named : []),
    ...converted.map(([, address = '']) => address),
  ].map(address => ({ address, allowed: 'permitted' }))
  const hasIds = /<\w+:(FolderId|DistinguishedFolderId|ItemId)\b/.test(body)
  const facts = { mailboxes, hasIds }
  if (kind === undefined || value === undefined) return { requestElement, facts }
  return { requestElement, facts, connectingSid: { kind, value } }
}

/** Returns the recorded reason, or the impersonated user. */
function decided(server: GatewayTestServer, { headers }: Answered): string {
  const id = headers['x-decision-id']
  const record = server.audit().findLast(it => it.decisionId === id && it.type === 'decision')
  if (record?.reason !== undefined) return record.reason
  return String(record?.verdict === 'allow' ? (record['userAddress'] ?? NEUTRAL) : record?.verdict)
}

/** Compares what becomes of a request with what it deserves. */
async function compareAsked(
  differences: Differences,
  server: GatewayTestServer,
  role: RoleSeed,
  { name, body }: Capture,
): Promise<void> {
  server.sandbox.forget()
  await server.ownSubscriptionsIn(body, role.name, 'user@example.com')
  const answered = await server.post(body, { auth: server.client(role.name).key })
  const question = asked(body)
  const reason = UNESCAPED.test(name) ? 'envelope-malformed' : reasonFor(role, question)
  const { connectingSid } = question
  const self = (connectingSid && addressOf(connectingSid)) ?? NEUTRAL
  const acts = server.sandbox.seen.map(({ impersonated }) => impersonated)
  const ran = server.sandbox.executed.filter(({ as }) => as !== self)
  differences.compare(
    `${role.name} ${name}`,
    [decided(server, answered), acts, ran],
    reason === undefined ? [self, [self], []] : [reason, [], []],
  )
}

t.test('captures under every role get the expected decision', async t => {
  // A captured SendItem names an item that this upstream does not have.
  const server = await startGatewayTestServer(t, { roles: ROLES, enforcesSendAs: true })
  const requests = captures()
  t.equal(requests.length, 70)
  t.equal(requests.filter(({ name }) => UNESCAPED.test(name)).length, 5)
  for (const role of ALL) {
    const differences = new Differences()
    for (const request of requests) await compareAsked(differences, server, role, request)
    differences.assertNone(t, `${role.name} decides each as it deserves`, 70)
  }
})

t.test('R1 captures without impersonation act as the neutral mailbox or are denied', async t => {
  const server = await startGatewayTestServer(t, { roles: ROLES })
  const requests = captures().filter(({ name }) => !UNESCAPED.test(name))
  for (const role of ALL) {
    const differences = new Differences()
    for (const { name, body } of requests) {
      const bare = body.replace(/<t:ExchangeImpersonation>.*<\/t:ExchangeImpersonation>/s, '')
      await compareAsked(differences, server, role, { name, body: bare })
    }
    differences.assertNone(t, `${role.name} decides each as it deserves`, 65)
  }
})

t.test('R1 the user of the captures is found by every kind of name', async t => {
  const server = await startGatewayTestServer(t)
  for (const [kind, value, found] of [
    ['PrimarySmtpAddress', 'user@example.com', true],
    ['PrimarySmtpAddress', 'alias@example.com', true],
    ['SmtpAddress', 'ALIAS@Example.Com', true],
    ['SmtpAddress', 'USER@EXAMPLE.COM', true],
    ['PrincipalName', 'user@corp.example.com', true],
    ['PrincipalName', 'User@Corp.Example.Com', true],
    ['SID', 'S-1-5-21-1111111111-2222222222-3333333333-1104', true],
    ['SID', 's-1-5-21-1111111111-2222222222-3333333333-1104', true],
    ['SID', 'S-1-5-21-1111111111-2222222222-3333333333-01104', false],
    ['SID', 'user@example.com', false],
    ['PrincipalName', 'user@example.com', false],
    ['SmtpAddress', 'user@corp.example.com', false],
    ['SmtpAddress', 'user@example.com.', false],
    ['SmtpAddress', ' user@example.com', false],
    ['SmtpAddress', 'user', false],
    ['SmtpAddress', '', false],
    ['SmtpAddress', '*', false],
    ['SmtpAddress', '%', false],
    ['SmtpAddress', "' OR 1=1 --", false],
  ] as const) {
    const answered = await server.post(envelope({ kind, value }, GET_FOLDER))
    const expected = found ? 'user@example.com' : /^(unknown-user|impersonation-)/
    t.match(decided(server, answered), expected, `${kind} ${value}`)
  }
  t.ok(server.sandbox.seen.every(({ impersonated }) => impersonated === 'user@example.com'))
})

const SERVICE_USER = {
  primarySmtpAddress: SERVICE,
  aliases: ['gateway@example.com'],
  principalName: 'svc@corp.example.com',
  sid: 'S-1-5-21-9-9-9-500',
}
const NEUTRAL_USER = {
  primarySmtpAddress: NEUTRAL,
  aliases: ['nobody-in-particular@example.com'],
  principalName: 'neutral@corp.example.com',
  sid: 'S-1-5-21-9-9-9-501',
}
const PEOPLE = USERS.filter(({ primarySmtpAddress }) => primarySmtpAddress !== NEUTRAL)
const RESERVED = [...PEOPLE, SERVICE_USER, NEUTRAL_USER]

const namesOf = (user: typeof SERVICE_USER): Exclude<ConnectingSidInput, null | string>[] => [
  ...[user.primarySmtpAddress, ...user.aliases].flatMap(value =>
    ['PrimarySmtpAddress', 'SmtpAddress'].map(kind => ({ kind, value })),
  ),
  { kind: 'SmtpAddress', value: user.primarySmtpAddress.toUpperCase() },
  { kind: 'PrincipalName', value: user.principalName },
  { kind: 'SID', value: user.sid },
]

t.test('R1 service account and neutral mailbox cannot be impersonated under any name', async t => {
  const named = {
    name: 'named',
    type: 'FULL_ACCESS',
    allow: [SERVICE, NEUTRAL, 'alice@example.com'],
  } as const
  const server = await startGatewayTestServer(t, { users: RESERVED, roles: [named] })
  const unknown = await server.post(envelope('who@example.com', GET_FOLDER))
  for (const role of [FULL, named])
    for (const whom of [SERVICE_USER, NEUTRAL_USER].flatMap(namesOf)) {
      const auth = server.client(role.name).key
      const answered = await server.post(envelope(whom, GET_FOLDER), { auth })
      t.equal(decided(server, answered), 'unknown-user', `${role.name} ${whom.kind} ${whom.value}`)
      t.equal(words(answered), words(unknown), 'in the words for everybody unknown')
    }
  t.strictSame(server.sandbox.seen, [])
})

t.test('R1 a user with an address of the service account is reserved', async t => {
  const users = [
    ...PEOPLE,
    { primarySmtpAddress: 'admin@example.com', aliases: [SERVICE.toUpperCase()] },
    { primarySmtpAddress: 'other@example.com', aliases: [], principalName: NEUTRAL },
  ]
  const server = await startGatewayTestServer(t, { users })
  for (const name of ['admin', 'other']) {
    const answered = await server.post(envelope(`${name}@example.com`, GET_FOLDER))
    t.equal(decided(server, answered), 'unknown-user', name)
  }
  t.strictSame(server.sandbox.seen, [])
})

const availability = (address: string) =>
  `<m:GetUserAvailabilityRequest><m:MailboxDataArray><t:MailboxData><t:Email><t:Address>${address}` +
  '</t:Address></t:Email><t:AttendeeType>Required</t:AttendeeType></t:MailboxData>' +
  '</m:MailboxDataArray></m:GetUserAvailabilityRequest>'
const mailTips = (address: string) =>
  `<m:GetMailTips><m:SendingAs><t:EmailAddress>${'alice@example.com'}</t:EmailAddress></m:SendingAs>` +
  `<m:Recipients><t:Mailbox><t:EmailAddress>${address}</t:EmailAddress></t:Mailbox></m:Recipients>` +
  '<m:MailTipsRequested>All</m:MailTipsRequested></m:GetMailTips>'

t.test('R1 requests cannot name them in the body', async t => {
  const server = await startGatewayTestServer(t, { users: RESERVED })
  for (const whom of ['alice@example.com', null])
    for (const [address, allowed] of [
      ['alice@example.com', true],
      ['bob@example.com', true],
      ['ceo@example.com', false],
      ['boss@example.com', false],
      ['who@example.com', false],
      [SERVICE, false],
      ['gateway@example.com', false],
      [NEUTRAL, false],
    ] as const) {
      const answered = await server.post(envelope(whom, availability(address)))
      const expected = allowed ? (whom ?? NEUTRAL) : 'foreign-mailbox'
      t.equal(decided(server, answered), expected, `${whom} asks for ${address}`)
      if (whom === null) continue
      const tips = await server.post(envelope(whom, mailTips(address)))
      t.equal(decided(server, tips), expected, `GetMailTips about ${address}`)
    }
})

t.test('R40 addresses outside the accepted domains', async t => {
  const guest = { primarySmtpAddress: 'known@partner.example', aliases: [] }
  const server = await startGatewayTestServer(t, {
    acceptedDomains: ['Example.com'],
    users: [...USERS, { ...guest, enabled: false }],
  })
  const texts = new Set<string>()
  for (const [address, allowed] of [
    ['guest@partner.example', true],
    ['guest@mail.example.com', true],
    ['bob@EXAMPLE.com', true],
    ['who@example.com', false],
    ['ceo@example.com', false],
    ['ceo%example.com@partner.example', false],
    ['known@partner.example', false],
  ] as const)
    for (const body of [availability(address), mailTips(address)]) {
      const answered = await server.post(envelope('alice@example.com', body))
      const expected = allowed ? 'alice@example.com' : 'foreign-mailbox'
      t.equal(decided(server, answered), expected, address)
      if (!allowed) texts.add(answered.text.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, ''))
    }
  t.equal(texts.size, 1, 'R2 denials have one text')
  const several = availability('guest@partner.example').replace(
    '</m:MailboxDataArray>',
    '<t:MailboxData><t:Email><t:Address>ceo@example.com</t:Address></t:Email></t:MailboxData>$&',
  )
  const answered = await server.post(envelope('alice@example.com', several))
  t.equal(decided(server, answered), 'foreign-mailbox', 'a denied address among others')
  const folder =
    '<m:GetFolder><m:FolderShape><t:BaseShape>IdOnly</t:BaseShape></m:FolderShape><m:FolderIds>' +
    '<t:DistinguishedFolderId Id="inbox"><t:Mailbox><t:EmailAddress>guest@partner.example' +
    '</t:EmailAddress></t:Mailbox></t:DistinguishedFolderId></m:FolderIds></m:GetFolder>'
  t.equal(
    decided(server, await server.post(envelope('alice@example.com', folder))),
    'foreign-mailbox',
  )
})

t.test('R1 a request that acts as the neutral mailbox cannot name its content', async t => {
  const server = await startGatewayTestServer(t)
  const element = (name: string) =>
    CATALOGUE.find(({ operation }) => operation === name)?.requestElement ?? name
  for (const name of NEUTRAL_ONES) {
    const ask = async (inside: string) => {
      const operation = `<m:${element(name)}>${inside}</m:${element(name)}>`
      return decided(server, await server.post(envelope(null, operation)))
    }
    t.equal(await ask(''), NEUTRAL, `${name} is let through`)
    for (const inside of [
      '<t:FolderId Id="x"/>',
      '<t:DistinguishedFolderId Id="inbox"/>',
      '<m:ParentFolderIds><t:DistinguishedFolderId Id="contacts"/></m:ParentFolderIds>',
      '<m:DistinguishedFolderId>inbox</m:DistinguishedFolderId>',
      '<t:ItemId Id="x" ChangeKey="y"/>',
      '<t:Mailbox><t:ItemId Id="x"/></t:Mailbox>',
      '<t:OccurrenceItemId RecurringMasterId="x" InstanceIndex="1"/>',
      '<t:RecurringMasterItemId OccurrenceId="x"/>',
      '<t:AttachmentId Id="x" RootItemId="y"/>',
      '<t:ConversationId Id="x"/>',
      '<t:PersonaId Id="x"/>',
      '<t:AlternatePublicFolderId FolderId="x" Format="EwsId"/>',
      '<t:AlternatePublicFolderItemId FolderId="x" ItemId="y" Format="EwsId"/>',
    ])
      t.equal(await ask(inside), 'foreign-mailbox', `${name} with ${inside}`)
  }
  for (const [address, expected] of [
    ['alice@example.com', NEUTRAL],
    ['ceo@example.com', 'foreign-mailbox'],
    ['nobody@example.com', 'foreign-mailbox'],
  ]) {
    const convert =
      '<m:ConvertId DestinationFormat="EntryId"><m:SourceIds>' +
      `<t:AlternateId Format="EwsId" Id="x" Mailbox="${address}"/></m:SourceIds></m:ConvertId>`
    t.equal(decided(server, await server.post(envelope(null, convert))), expected, `${address}`)
  }
  t.ok(server.sandbox.seen.every(({ impersonated }) => impersonated === NEUTRAL))
})

t.test('R1 without a neutral mailbox no request acts as one', async t => {
  const server = await startGatewayTestServer(t, { neutral: false })
  const differences = new Differences()
  for (const row of CATALOGUE) {
    const answered = await server.post(envelope(null, `<m:${row.requestElement}/>`))
    const expected = refusedByType(FULL, row) ?? 'impersonation-missing'
    differences.compare(row.operation, decided(server, answered), expected)
  }
  differences.assertNone(t, 'each is refused', 248)
  t.strictSame(server.sandbox.seen, [])
})

/** An answer but for what is another one's anyway. */
function words({ status, headers, text }: Answered): string {
  const id = String(headers['x-decision-id'])
  const { date: _, 'x-decision-id': __, ...others } = headers
  return JSON.stringify([status, others, text.replaceAll(id, 'ID')])
}

t.test('R2 every user that cannot be impersonated is denied with the same message', async t => {
  const server = await startGatewayTestServer(t, { roles: ROLES })
  const deleted = await server.addRole({ name: 'deleted', type: 'FULL_ACCESS', allow: 'all' })
  const { role } = server.client(FULL.name)
  const stranger = await server.addPrincipal('stranger', mayAssume(deleted.role.id))
  await server.store.deleteRole(role.organizationId, deleted.role.id)
  const as = (name: string, { id, secret }: typeof stranger.key) => ({
    id: `${name}\\${id}`,
    secret,
  })

  const answers = new Map<string, string>()
  for (const [auth, whom, reason] of [
    [server.keys.full, 'ceo@example.com', 'rule-denies'],
    [server.keys.full, 'who@example.com', 'unknown-user'],
    [server.keys.readOnly, 'carol@example.com', 'no-rule-allows'],
    [server.keys.readOnly, 'who@example.com', 'unknown-user'],
    [server.client('nobody').key, 'alice@example.com', 'no-rule-allows'],
    [server.client('nobody').key, null, 'no-rule-allows'],
    [stranger.key, 'alice@example.com', 'role-unknown'],
    [as('who', stranger.key), 'alice@example.com', 'role-unknown'],
    [as(FULL.name, stranger.key), 'alice@example.com', 'role-not-permitted'],
    [as(role.id, stranger.key), 'who@example.com', 'role-not-permitted'],
  ] as const) {
    const answered = await server.post(envelope(whom, TIME_ZONES), { auth })
    t.equal(decided(server, answered), reason)
    t.equal(codeOf(answered.text), 'ErrorImpersonateUserDenied')
    answers.set(words(answered), reason)
  }
  t.equal(answers.size, 1, [...answers.keys()].join('\n'))
})

t.test('R2 no request reveals whether a user exists', async t => {
  const server = await startGatewayTestServer(t, { roles: ROLES })
  const requests = [
    GET_FOLDER,
    TIME_ZONES,
    createItem('x'),
    createItem('x', 'x'.repeat(300_000)),
    availability('who@example.com'),
    availability('ceo@example.com'),
    mailTips('carol@example.com'),
    GET_FOLDER.replace(
      '/></m:F',
      '><t:Mailbox><t:EmailAddress>ceo@example.com</t:EmailAddress></t:Mailbox></t:DistinguishedFolderId></m:F',
    ),
    '<m:AddDelegate/>',
    '<m:LaunchMissiles/>',
    '<m:Subscribe><m:PushSubscriptionRequest/></m:Subscribe>',
    '<m:CreateFolder><t:PermissionSet/></m:CreateFolder>',
    '<m:GetFolder>',
    '<m:GetFolder/>x',
  ]
  const differences = new Differences()
  for (const role of ALL) {
    const auth = server.client(role.name).key
    const refused = USERS.map(({ primarySmtpAddress }) => primarySmtpAddress).filter(
      address => reasonFor(role, question(address)) !== undefined,
    )
    for (const [number, operation] of requests.entries()) {
      const ask = async (whom: string) =>
        words(await server.post(envelope(whom, operation), { auth }))
      const unknown = await ask('who@example.com')
      for (const whom of refused)
        differences.compare(`${role.name} request ${number} as ${whom}`, await ask(whom), unknown)
    }
  }
  differences.assertNone(t, 'an unknown user gets the answer of one who is refused', 300)
})

const question = (value: string) => ({
  requestElement: 'GetFolder',
  connectingSid: { kind: 'SmtpAddress', value },
})

/** Without it the server chooses whether it sends. */
const saving = (operation: string) =>
  ['CreateItem', 'UpdateItem'].includes(operation) ? ' MessageDisposition="SaveOnly"' : ''

/** A request for an operation that sends nothing, if its body says so. */
function quietly({ requestElement, operation }: Row): string {
  if (operation !== 'MarkAllItemsAsRead') return `<m:${requestElement}${saving(operation)}/>`
  return `<m:${requestElement}><m:SuppressReadReceipts>true</m:SuppressReadReceipts></m:${requestElement}>`
}

/** Facts about the body of such a request, as the gateway reads them. */
const bodyOf = (row: Row) =>
  readEnvelope(Buffer.from(envelope('alice@example.com', quietly(row)))).facts

t.test('R4 authorize() decides on every operation as the catalogue and the ruling say', async t => {
  const guards = [
    {},
    { directoryLookups: false },
    { extraReads },
    { directoryLookups: false, extraReads: ['GetImItems'] as const },
    { delegation: true },
    { inboxRules: true },
    { sending: false },
    ALL_BUT_SENDING.guard ?? {},
    { ...ALL_BUT_SENDING.guard, mailboxes: 'any' as const },
  ]
  t.ok(CATALOGUE.length >= 248)
  const bodies = new Map(CATALOGUE.map(row => [row, bodyOf(row)]))
  t.equal([...bodies.values()].flatMap(({ subscriptions }) => subscriptions).length, 0)
  const differences = new Differences()
  for (const row of CATALOGUE)
    for (const guard of guards) {
      const outcomes = (['READ_ONLY', 'FULL_ACCESS'] as const).map(type => {
        const seed = { name: type, type, allow: 'all', guard } as const
        const full = { ...DEFAULT_GUARD, ...guard }
        const role = { ...ROLE, type, guard: full }
        const [reason, whole] = [undefined, bodies.get(row)].map(body => {
          const decision = decisionOn(role, row.requestElement, body)
          return decision.verdict === 'deny' ? decision.reason : undefined
        })
        differences.compare(`${type} ${row.operation}`, reason, refusedByType(seed, row))
        differences.compare(`${type} ${row.operation} with its body`, whole, reason)
        return reason
      })
      const [readOnly, fullAccess] = outcomes
      const within = readOnly !== undefined || fullAccess === undefined
      differences.compare(`${row.operation}: READ_ONLY is within FULL_ACCESS`, within, true)
    }
  differences.assertNone(t, 'as the catalogue says', 248 * guards.length * 5)
})

/**
 * Returns operations that a role's guard changes, and one of each class for each outcome, in a WSDL or not. The test of
 * authorize() has all operations under all guards.
 */
function rowsUnder(role: RoleSeed): readonly Row[] {
  const { guard: _, ...unguarded } = role
  const seen = new Set<string>()
  return CATALOGUE.filter(row => {
    const reason = refusedByType(role, row)
    const isListed = /WSDL-\d/.test(row.source)
    const kind = `${row.class} ${reason} ${isListed}`
    const isFirst = !seen.has(kind)
    seen.add(kind)
    return isFirst || reason !== refusedByType(unguarded, row)
  })
}

t.test(
  'P3 P4 R4 every operation at the running gateway, and every kind of them under more guards',
  async t => {
    const server = await startGatewayTestServer(t, {
      roles: [...ROLES, ALL_BUT_SENDING],
      keepSeen: 5_000,
    })
    for (const role of [FULL, READ_ONLY, ...ROLES.slice(-2), ALL_BUT_SENDING]) {
      server.sandbox.forget()
      const auth = server.client(role.name).key
      const differences = new Differences()
      const allowed: string[] = []
      const rows = role.guard === undefined ? CATALOGUE : rowsUnder(role)
      for (const row of rows) {
        const answered = await server.post(envelope('alice@example.com', quietly(row)), {
          auth,
        })
        const refused = refusedByType(role, row)
        if (refused === undefined) allowed.push(row.operation)
        else differences.compare(row.operation, codeOf(answered.text), 'ErrorAccessDenied')
      }
      const atLeast = rows === CATALOGUE ? 100 : 10
      differences.assertNone(t, `${role.name} refuses what it should`, atLeast)
      t.strictSame(
        server.sandbox.seen.map(({ operation }) => operation),
        allowed,
        `${role.name} lets through what it should, and nothing else`,
      )
      const writes = CATALOGUE.filter(({ readOnlyAllowed }) => !readOnlyAllowed)
      const ran = server.sandbox.executed.map(({ operation }) => operation)
      if (role.type === 'READ_ONLY')
        t.notOk(
          writes.some(({ operation }) => ran.includes(operation)),
          'P4 nothing was changed',
        )
      if (role.guard?.directoryLookups === false)
        t.notOk(ran.some(operation => ADDRESS_BOOK.includes(operation)))
    }
  },
)
