/**
 * The parts of the gateway's own work, each alone in this process.
 *
 * @module
 */

import { lineOf } from '../src/audit/line.ts'
import { readToken, verifyToken, writeToken } from '../src/credentials/token-text.ts'
import { authorize } from '../src/decision/authorize.ts'
import type { AuthorizationRequest } from '../src/decision/decision.ts'
import { EnvelopeReader, NO_FACTS } from '../src/ews/reader.ts'
import { rebuildHead, rebuildTail } from '../src/ews/rebuild.ts'
import { PrologueMemory } from '../src/gateway/remember.ts'
import { ASSUME_ROLE } from '../src/model/iam.ts'
import { byAddress, organizationId, type User, userId } from '../src/model/identity.ts'
import type { DataKind, Entry, PolicyData } from '../src/model/policy-data.ts'
import { accessKeyId, type Credential, principalId } from '../src/model/principal.ts'
import { NO_PROTECTION } from '../src/model/protection.ts'
import { DEFAULT_GUARD, type ImpersonationRole, roleId } from '../src/model/role.ts'
import { best } from './best.ts'
import { attachment, envelope, FIND_ITEM, markup } from './requests.ts'
import { signIns } from './sign-in.ts'
import { signedRequest } from './signed.ts'
import { figure, type Table } from './table.ts'

const MEGABYTE = 1_000_000
/** As they come from a socket. */
const PIECE_BYTES = 65_536
const MS = 1_200
const LIMITS = {
  bodyBytes: 100_000_000,
  prologueBytes: 65_536,
  depth: 64,
  attributes: 256,
  nameBytes: 1_024,
}

export async function micro(): Promise<{ tables: readonly Table[] }> {
  const scans: { name: string; perByte: number }[] = []
  for (const [name, bytes] of scanned())
    scans.push({ name, perByte: await nanosecondsPerByte(bytes) })
  const times: { name: string; us: number }[] = []
  const all = {
    ...parts(),
    ...signIns(CREDENTIAL.principal),
    'SigV4: read and verified': await signedRequest(),
  }
  for (const [name, act] of Object.entries(all))
    times.push({ name, us: await best(act, { ms: MS }) })
  return {
    tables: [
      {
        title: 'The scanner, in one process, best of many slices',
        columns: ['', 'MB/s', 'ns/byte'],
        rows: scans.map(({ name, perByte }) => [name, figure(1_000 / perByte), figure(perByte)]),
        note: 'The whole EnvelopeReader: well-formedness, namespaces and what the guard asks for.',
      },
      {
        title: 'Parts of a request, in one process, best of many slices',
        columns: ['', 'µs'],
        rows: times.map(({ name, us }) => [name, figure(us)]),
      },
    ],
  }
}

/** Returns the documents to scan: usual ones, and some that are slow on purpose. */
function scanned(): readonly (readonly [name: string, bytes: Buffer])[] {
  const inSubject = (text: string) => {
    const repeated = text.repeat(Math.ceil(MEGABYTE / text.length))
    const item = `<t:Message><t:Subject>${repeated}</t:Subject></t:Message>`
    return Buffer.from(envelope(`<m:CreateItem><m:Items>${item}</m:Items></m:CreateItem>`))
  }
  return [
    ['base64', attachment(MEGABYTE)],
    ['markup', markup(MEGABYTE)],
    ['text beyond ASCII', inSubject('Grüße aus Köln, 今日は。 ')],
    ['adversarial: brackets', inSubject(']] ] ]]x')],
    ['adversarial: references', inSubject('&amp;&#x20;&lt;')],
    ['adversarial: CDATA of brackets', inSubject('<![CDATA[]]]]]]>')],
    ['adversarial: two bytes each', inSubject('é')],
    ['adversarial: one byte of text between tags', inSubject('</t:Subject>a<t:Subject>')],
    ['adversarial: attributes', inSubject(`</t:Subject><t:Subject xml:lang = "d>e" >`)],
  ]
}

async function nanosecondsPerByte(bytes: Buffer): Promise<number> {
  const pieces = Array.from({ length: Math.ceil(bytes.length / PIECE_BYTES) }, (_, i) =>
    bytes.subarray(i * PIECE_BYTES, (i + 1) * PIECE_BYTES),
  )
  const microseconds = await best(
    () => {
      const reader = new EnvelopeReader(LIMITS)
      for (const piece of pieces) reader.write(piece)
      reader.end()
    },
    { ms: MS },
  )
  return (microseconds * 1_000) / bytes.length
}

const ROLE: ImpersonationRole = {
  id: roleId('8e4e5bd2-6a7c-4be1-9a3b-2f0d6f6c7a11'),
  organizationId: organizationId('m-0123456789abcdef0123456789abcdef'),
  name: 'migration-full',
  type: 'FULL_ACCESS',
  guard: DEFAULT_GUARD,
  rules: [
    { id: 'everyone', effect: 'ALLOW' },
    { id: 'not-the-ceo', effect: 'DENY', targetUsers: [userId('the-ceo')] },
  ],
  version: 1,
  tokensValidFrom: 0,
  createdAt: 0,
  modifiedAt: 0,
}

const KEY_ID = accessKeyId('AKIAABCDEFGHIJKLMNOP')
const PRINCIPAL_ID = principalId('5f1c7f0e-3a0b-4a55-8a83-0d2c1e0f9a11')

const CREDENTIAL: Credential = {
  key: {
    id: KEY_ID,
    principalId: PRINCIPAL_ID,
    secretHash: new Uint8Array(32),
    sealedSecret: new Uint8Array(),
    enabled: true,
    extendedProtection: 'allow',
    createdAt: 0,
  },
  principal: {
    id: PRINCIPAL_ID,
    organizationId: ROLE.organizationId,
    name: 'migration',
    enabled: true,
    policy: {
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Action: [ASSUME_ROLE],
          Resource: ['*'],
          Condition: { StringEquals: { 'workmail:ImpersonationRoleId': [ROLE.id] } },
        },
      ],
    },
  },
}

const ALICE: User = {
  id: userId('alice'),
  primarySmtpAddress: 'alice@example.com',
  aliases: [],
  enabled: true,
}

/** Entries as the process holds them, one of each kind that a small request needs. */
const ENTRIES: Readonly<Partial<Record<DataKind, Entry<unknown>>>> = {
  'access-control': {
    value: [{ name: 'Default', effect: 'ALLOW', description: '', createdAt: 0, modifiedAt: 0 }],
    from: 1,
  },
  credential: { value: CREDENTIAL, from: 1 },
  name: { value: ALICE, from: 1 },
  protection: { value: NO_PROTECTION, from: 1 },
  role: { value: ROLE, from: 1 },
  'shared-mailbox': { value: false, from: 0 },
}

/** The same, with a draft that is attached to the role. */
const SHADOWED: Readonly<Partial<Record<DataKind, Entry<unknown>>>> = {
  ...ENTRIES,
  role: {
    value: {
      ...ROLE,
      shadow: {
        type: 'READ_ONLY',
        rules: ROLE.rules,
        guard: DEFAULT_GUARD,
        profile: { name: 'mail-read' },
        version: 1,
        base: '',
        attachedAt: 0,
        attachedBy: { id: '', name: '' },
      },
    } satisfies ImpersonationRole,
    from: 1,
  },
}

const FRESHNESS = { version: 1, at: 0 }

const dataOf = (entries: typeof ENTRIES): PolicyData => ({
  freshness: () => FRESHNESS,
  find: kind => entries[kind] as Entry<never> | undefined,
})
const DATA = dataOf(ENTRIES)
const SHADOWED_DATA = dataOf(SHADOWED)

const REQUEST: AuthorizationRequest<'EWS'> = {
  purpose: 'EWS',
  organization: {
    id: ROLE.organizationId,
    alias: 'example',
    serviceAddresses: ['svc@example.com'],
  },
  caller: { kind: 'key', keyId: KEY_ID, secretHash: CREDENTIAL.key.secretHash },
  sourceAddress: '127.0.0.1',
  secureTransport: true,
  at: 0,
  requestElement: 'FindItem',
  connectingSid: byAddress(ALICE.primarySmtpAddress),
}

const decide = (requestElement: string) => authorize({ ...REQUEST, requestElement }, DATA)
const WHOLE = { ...NO_FACTS, content: { ...NO_FACTS.content, isWhole: true } }

function parts(): Readonly<Record<string, () => unknown>> {
  const small = Buffer.from(envelope(FIND_ITEM))
  const read = (remembered?: EnvelopeReader['remembered'], to = small.length) => {
    const reader = new EnvelopeReader(LIMITS, remembered)
    reader.write(small.subarray(remembered?.scannerState.offset ?? 0, to))
    return reader
  }
  const whole = read()
  const prologue = whole.prologue
  const memory = new PrologueMemory()
  if (prologue === undefined || whole.remembered === undefined) throw new Error('No prologue')
  memory.add('principal', small, whole.remembered)
  /** Behind the operation's start tag. */
  const decided = small.indexOf('>', prologue.length) + 1
  const secret = Buffer.alloc(32, 7)
  const token = writeToken(
    { id: 'abcdefgh', secret },
    {
      organizationId: ROLE.organizationId,
      principalId: PRINCIPAL_ID,
      accessKeyId: KEY_ID,
      roleId: ROLE.id,
      roleVersion: 1,
      epoch: '0123456789abcdef',
      expiresAt: 0,
    },
  )
  const record = {
    type: 'decision',
    at: 0,
    decisionId: '01a213e3-7b4b-77b7-80c5-a1141e5a3358',
    sourceAddress: '127.0.0.1',
    userAgent: 'ExchangeServicesClient/15.00.0847.030',
    organizationId: ROLE.organizationId,
    roleId: ROLE.id,
    roleName: ROLE.name,
    connectingSid: { kind: 'PrimarySmtpAddress', value: 'alice@example.com' },
    operation: 'FindItem',
    folders: ['inbox'],
    items: [],
    itemCount: 0,
    verdict: 'allow',
    matchedRules: ['everyone'],
  } as const
  return {
    'prologue + decision': () => decide(read(undefined, decided).prologue?.requestElement ?? ''),
    'remembered prologue + decision': () => {
      const remembered = memory.find('principal', small)
      return decide(read(remembered, decided).prologue?.requestElement ?? '')
    },
    'whole small request, scanned': () => read().end(),
    'decision alone': () => decide('FindItem'),
    'decision with a body': () => authorize({ ...REQUEST, body: WHOLE }, DATA),
    'decision with a body, and with the draft of its role': () =>
      authorize({ ...REQUEST, body: WHOLE }, SHADOWED_DATA),
    'rebuild: head and tail': () => [
      rebuildHead(prologue, 'alice@example.com'),
      rebuildTail(prologue, 40),
    ],
    'token: read and verified': () => {
      const text = readToken(token)
      return text && verifyToken(text, secret)
    },
    'audit record as a line': () => lineOf(record),
  }
}
