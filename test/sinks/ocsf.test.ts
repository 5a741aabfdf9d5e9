import { readFileSync } from 'node:fs'
import t from 'tap'
import { ocsfFormat } from '../../src/sinks/ocsf.ts'
import { rowsBelow } from '../kit/markdown.ts'

/** Attributes with their types. `!` marks a required one. */
type Shape = Readonly<{
  attributes: Readonly<Record<string, string>>
  atLeastOne?: readonly string[]
  deprecated?: readonly string[]
}>
type Class = Shape & Readonly<{ name: string; category: number; activities: readonly number[] }>
type Schema = Readonly<{
  version: string
  enums: Readonly<Record<string, readonly number[]>>
  classes: Readonly<Record<string, Class>>
  objects: Readonly<Record<string, Shape>>
}>

const SCHEMA: Schema = JSON.parse(
  readFileSync(new URL('../../fixtures/ocsf/schema.json', import.meta.url), 'utf8'),
)

const format = ocsfFormat('1.2.3')
const AT = '2026-11-28T12:00:00.123Z'
const eventOf = (members: object) =>
  format({ id: 'w/1/2', sequence: 2, members: { at: AT, ...members } })

/** Returns what is wrong with an event by the schema. */
function mistakesIn(event: Readonly<Record<string, unknown>>): readonly string[] {
  const { class_uid, activity_id, category_uid, type_uid } = event
  const own = SCHEMA.classes[String(class_uid)]
  if (own === undefined) return [`class ${class_uid}`]
  const shape = { ...own, attributes: { ...SCHEMA.classes['0']?.attributes, ...own.attributes } }
  const wrong = [
    [shape.activities.includes(Number(activity_id)), `activity ${activity_id}`],
    [category_uid === shape.category, `category ${category_uid}`],
    [type_uid === Number(class_uid) * 100 + Number(activity_id), `type ${type_uid}`],
    [activity_id !== 99 || 'activity_name' in event, 'activity 99 without a name'],
  ] as const
  return [
    ...wrong.filter(([isRight]) => !isRight).map(([, what]) => what),
    ...shapeMistakes(event, shape, ''),
  ]
}

function shapeMistakes(
  value: unknown,
  { attributes, atLeastOne, deprecated = [] }: Shape,
  path: string,
): string[] {
  if (typeof value !== 'object' || value === null) return [`${path} is no object`]
  const members = new Map(Object.entries(value))
  const required = Object.entries(attributes).filter(([, type]) => type.endsWith('!'))
  return [
    ...required
      .filter(([name]) => !members.has(name))
      .map(([name]) => `${path}.${name} is missing`),
    ...(atLeastOne?.some(name => members.has(name)) === false ? [`${path} has none of them`] : []),
    ...deprecated.filter(name => members.has(name)).map(name => `${path}.${name} is deprecated`),
    ...[...members].flatMap(([name, member]) =>
      memberMistakes(name, member, attributes[name]?.replace('!', ''), path),
    ),
  ]
}

function memberMistakes(
  name: string,
  value: unknown,
  type: string | undefined,
  path: string,
): string[] {
  const known = SCHEMA.enums[name]
  const isListed = known === undefined || known.includes(Number(value))
  return [
    ...valueMistakes(value, type, `${path}.${name}`),
    ...(isListed ? [] : [`${path}.${name} is ${value}`]),
  ]
}

function valueMistakes(value: unknown, type: string | undefined, path: string): string[] {
  if (type === undefined) return [`${path} is unknown`]
  if (type.endsWith('[]'))
    return Array.isArray(value)
      ? value.flatMap((one, n) => valueMistakes(one, type.slice(0, -2), `${path}[${n}]`))
      : [`${path} is no list`]
  const shape = SCHEMA.objects[type]
  if (shape) return shapeMistakes(value, shape, path)
  const isRight = type === 'integer' ? Number.isSafeInteger(value) : typeof value === type
  return isRight ? [] : [`${path} is no ${type}`]
}

const CLIENT = {
  principalId: 'p',
  accessKeyId: 'k',
  sourceAddress: '192.0.2.7',
  userAgent: 'tool/1',
}
const REQUEST = { decisionId: 'd', organizationId: 'm-1', ...CLIENT }
const DECISION = {
  type: 'decision',
  ...REQUEST,
  scheme: 'Basic',
  roleId: 'r',
  roleName: 'Backup',
  roleType: 'READ_ONLY',
  userId: 'u',
  userAddress: 'alice@example.com',
  operation: 'FindItem',
  items: ['i'],
  verdict: 'allow',
  matchedRules: ['all'],
  previous: 'hash',
}

/** Records, and what their events have. */
const CASES = [
  [
    'an allowed request',
    DECISION,
    {
      class_uid: 6003,
      activity_id: 2,
      status_id: 1,
      severity_id: 1,
      time: Date.parse(AT),
      message: 'allow FindItem',
      actor: { user: { uid: 'p', programmatic_credentials: [{ uid: 'k' }] } },
      src_endpoint: { ip: '192.0.2.7' },
      http_request: { uid: 'd', user_agent: 'tool/1' },
      api: { operation: 'FindItem', service: { name: 'EWS' } },
      resources: [
        { type: 'impersonation role', uid: 'r', name: 'Backup' },
        { type: 'mailbox', uid: 'u', name: 'alice@example.com' },
      ],
      metadata: {
        version: SCHEMA.version,
        uid: 'w/1/2',
        sequence: 2,
        event_code: 'decision',
        correlation_uid: 'd',
        tenant_uid: 'm-1',
        product: { version: '1.2.3' },
      },
      unmapped: { scheme: 'Basic', roleType: 'READ_ONLY', items: ['i'], matchedRules: ['all'] },
    },
  ],
  [
    'a denied request',
    { ...DECISION, verdict: 'deny', reason: 'rule-denies', operation: 'SendItem' },
    {
      activity_id: 1,
      status_id: 2,
      severity_id: 2,
      status_detail: 'rule-denies',
      api: { response: { error: 'rule-denies' } },
    },
  ],
  [
    'a request without an operation and a principal',
    { type: 'decision', decisionId: 'd', verdict: 'error', reason: 'envelope-malformed' },
    {
      activity_id: 0,
      severity_id: 3,
      actor: { user: { name: 'unknown' } },
      src_endpoint: { name: 'unknown' },
    },
  ],
  [
    'an unlisted operation',
    { ...DECISION, operation: 'Fly', verdict: 'pending' },
    { activity_id: 99, activity_name: 'Fly' },
  ],
  [
    'wrong credentials',
    {
      type: 'decision',
      ...REQUEST,
      scheme: 'NTLM',
      verdict: 'deny',
      reason: 'credentials-refused',
      count: 3,
    },
    {
      class_uid: 3002,
      activity_id: 1,
      status_id: 2,
      auth_protocol_id: 1,
      count: 3,
      user: { uid: 'p' },
    },
  ],
  [
    'an outcome',
    {
      type: 'outcome',
      decisionId: 'd',
      status: 500,
      responseCode: 'ErrorServerBusy',
      requestBytes: 10,
      responseBytes: 20,
      durationMs: 30,
      upstreamMs: 5,
      ended: 'fault',
      outcome: 'FAILED',
      cause: 'timeout',
    },
    {
      class_uid: 4002,
      activity_id: 6,
      duration: 30,
      status_id: 2,
      status_code: 'ErrorServerBusy',
      status_detail: 'timeout',
      http_request: { uid: 'd', body_length: 10 },
      http_response: { code: 500, body_length: 20, latency: 5 },
      unmapped: { ended: 'fault' },
    },
  ],
  [
    'an outcome without a response',
    {
      type: 'outcome',
      decisionId: 'd',
      requestBytes: 0,
      responseBytes: 0,
      durationMs: 1,
      ended: 'cut',
      outcome: 'ABORTED',
      cause: 'internal',
    },
    { class_uid: 4002, status_id: 2 },
  ],
  [
    'a change',
    {
      type: 'change',
      ...REQUEST,
      displayName: 'Ann',
      action: 'workmail:CreateImpersonationRole',
      verdict: 'allow',
      after: { id: 'r' },
    },
    {
      class_uid: 6003,
      activity_id: 1,
      actor: { user: { uid: 'p', name: 'Ann' } },
      api: { operation: 'workmail:CreateImpersonationRole', service: { name: 'EWS gateway' } },
      unmapped: { after: { id: 'r' } },
    },
  ],
  [
    'a change by the command line',
    {
      type: 'change',
      decisionId: 'd',
      action: 'ewsgateway:DeleteUser',
      verdict: 'deny',
      reason: 'AccessDeniedException',
    },
    { activity_id: 4, status_id: 2, actor: { user: { name: 'unknown' } } },
  ],
  [
    'denied calls',
    { type: 'call', ...REQUEST, action: 'ewsgateway:ListChanges', verdict: 'deny', count: 9 },
    { activity_id: 2, count: 9 },
  ],
  [
    'a sign-in without a person',
    { type: 'assume', ...REQUEST, action: 'ewsgateway:SignIn', verdict: 'allow' },
    { class_uid: 3002, activity_id: 1, status_id: 1, service: { name: 'EWS gateway' } },
  ],
  [
    'a sign-out',
    { type: 'assume', ...REQUEST, action: 'ewsgateway:SignOut', verdict: 'allow' },
    { activity_id: 2 },
  ],
  [
    'an alert',
    { type: 'alert', decisionId: 'd', alert: 'tamper', message: 'Another program' },
    { class_uid: 0, message: 'Another program', unmapped: { alert: 'tamper' } },
  ],
  [
    'a checkpoint',
    {
      type: 'checkpoint',
      writer: 'w',
      segment: 1,
      sequence: 2,
      keyId: 'k',
      signature: 's',
      previous: 'p',
    },
    {
      class_uid: 0,
      activity_id: 99,
      activity_name: 'checkpoint',
      unmapped: { signature: 's', previous: 'p' },
    },
  ],
] as const

for (const [what, record, expected] of CASES)
  t.test(`ocsfFormat() returns a valid event for ${what}`, async t => {
    const event = eventOf(record)
    t.match(event, expected)
    t.strictSame(mistakesIn(event), [])
    t.notMatch(JSON.stringify(event), /undefined|"previous":"hash"/)
  })

t.test('the schema finds wrong events', async t => {
  const event = eventOf(DECISION)
  const { actor, ...anonymous } = event
  const credentials = eventOf({ ...DECISION, reason: 'credentials-refused', verdict: 'deny' })
  for (const [wrong, mistake] of [
    [anonymous, '.actor is missing'],
    [{ ...event, actor: {} }, '.actor has none of them'],
    [{ ...event, actor: { user: { uid: 'p', credential_uid: 'k' } } }, /credential_uid is deprec/],
    [{ ...event, actor: { user: { uid: 7 } } }, '.actor.user.uid is no string'],
    [{ ...event, severity_id: 7 }, '.severity_id is 7'],
    [{ ...credentials, auth_protocol_id: 13 }, '.auth_protocol_id is 13'],
    [{ ...event, status: 'Success' }, '.status is unknown'],
    [{ ...event, type_uid: 1 }, 'type 1'],
    [{ ...event, category_uid: 3 }, 'category 3'],
  ] as const)
    t.match(mistakesIn(wrong), [mistake])
})

t.test('ocsfFormat() returns an event of high severity for an alert', async t => {
  const members = { type: 'change', at: AT, action: 'ewsgateway:LockImpersonationRole' }
  const event = format({ id: 'w/1/2', sequence: 2, members, alert: 'role-locked' })
  t.match(event, { severity_id: 4, unmapped: { alert: 'role-locked' } })
})

t.test('docs/sinks.md shows the class of each record', async t => {
  const rows = rowsBelow('docs/sinks.md', '## OCSF')
  const classes = new Set(rows.flatMap(([, name = '']) => /\d{1,4}(?=\))/.exec(name) ?? []))
  t.strictSame([...classes].sort(), Object.keys(SCHEMA.classes).sort())
})
