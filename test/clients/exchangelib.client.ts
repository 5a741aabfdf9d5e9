/**
 * exchangelib, the client of most backup and migration scripts, through the gateway.
 */

import t from 'tap'
import { type Fault, FaultyUpstream } from '../gateway/faulty-upstream.ts'
import { NEUTRAL } from '../kit/gateway-test-server.ts'
import { until } from '../kit/until.ts'
import { as, envelope } from '../sandbox/client.ts'
import {
  CONTRACT,
  digest,
  everyoneWasImpersonated,
  nothingWasWritten,
  ROLES,
  reasonsIn,
  SID_OF_ALICE,
  SID_OF_THE_CEO,
  startFurnished,
  TEN_MEGABYTES,
} from './client-test-server.ts'
import { runPython, withoutExchangelib } from './python.ts'
import { arrivals } from './waiting.ts'

const options = { skip: withoutExchangelib }
const ALICE = 'alice@example.com'
const NEW_FOLDER = envelope(
  '<m:CreateFolder><m:ParentFolderId><t:DistinguishedFolderId Id="msgfolderroot"/></m:ParentFolderId>' +
    '<m:Folders><t:Folder><t:DisplayName>New</t:DisplayName></t:Folder></m:Folders></m:CreateFolder>',
  as(ALICE),
)

for (const role of ROLES)
  t.test(`exchangelib reads a mailbox under ${role}`, options, async t => {
    const server = await startFurnished(t)
    const { sandbox, keys } = server
    const alice = sandbox.mailbox(ALICE)
    const subjects = [...alice.subjects()].sort()
    const count = alice.count('inbox')
    const folderNames = [...alice.folderNames()].sort()

    const read = await runPython(server, {
      script: 'reading',
      key: keys[role],
      settings: { sid: SID_OF_ALICE },
      onPause: {
        change: async () => {
          alice.deliver({ subject: 'New' })
          await server.post(NEW_FOLDER)
        },
        deliver: () => alice.deliver({ subject: 'Pulled' }),
        listen: () => {
          void until('exchangelib listens', () =>
            sandbox.seen.some(({ operation }) => operation === 'GetStreamingEvents'),
          ).then(() => alice.deliver({ subject: 'Streamed' }))
        },
      },
    })
    const sorted = (entries: unknown) => (entries as string[]).toSorted()
    t.strictSame(read['detected'], { auth: 'basic', build: '15.2' }, 'by itself')
    t.strictSame(read['folders'], folderNames, 'folders')
    const items = read['items'] as Record<string, unknown>
    t.strictSame(sorted(items['subjects']), subjects, 'subjects')
    t.equal(sorted(items['page']).length, 2, 'a page')
    t.strictSame(items['found'], [CONTRACT.subject], 'a restriction')
    t.equal(items['count'], 3, 'a count')
    t.match(read['contract'], {
      subject: CONTRACT.subject,
      from: CONTRACT.from,
      file: [CONTRACT.files[0].name, digest(CONTRACT.files[0].content)],
      mime: 1,
    })
    t.match((read['contract'] as { body: string }).body, CONTRACT.body)
    t.equal(read['ten_megabytes'], digest(TEN_MEGABYTES), '10 MB, byte for byte')
    t.equal(read['exported'], true, 'an export')
    const [SmtpAddress, PrimarySmtpAddress, PrincipalName, SID] = Array(4).fill(count)
    t.strictSame(read['identities'], { SmtpAddress, PrimarySmtpAddress, PrincipalName, SID })
    t.match(read['changes'], {
      first: { folders: folderNames.map(() => 'create') },
      nothing: { folders: [], items: [] },
      changed: { folders: ['create'], items: [['create', 'New']] },
    })
    t.equal((read['changes'] as { first: { items: [] } }).first.items.length, count)
    t.strictSame(read['pulled'], ['CreatedEvent', 'NewMailEvent'], 'events that it asks for')
    t.strictSame(read['streamed'], ['CreatedEvent'], 'events while it listens')
    everyoneWasImpersonated(t, server, ['alice', 'bob'], 'each request acts as an allowed user')
    if (role === 'readOnly')
      t.strictSame(
        sandbox.executed.map(({ operation }) => operation).filter(name => /^Create/.test(name)),
        ['CreateFolder'],
        'P4 nothing is written but by the test itself',
      )
  })

t.test('P4 P10 exchangelib raises ErrorAccessDenied for every write', options, async t => {
  const server = await startFurnished(t)
  const before = server.sandbox.mailbox(ALICE).count()
  const { refused } = await runPython(server, {
    script: 'writing',
    key: server.keys.readOnly,
    settings: { role: 'readOnly' },
  })
  const attempts = Object.entries(refused as Record<string, unknown>)
  t.ok(attempts.length > 30)
  for (const [name, error] of attempts) t.equal(error, 'ErrorAccessDenied', name)
  nothingWasWritten(t, server, 'exchangelib under backup-readonly')
  t.strictSame(reasonsIn(server), ['operation-refused', 'push-subscription', 'role-is-read-only'])
  t.equal(server.sandbox.mailbox(ALICE).count(), before)
})

t.test('exchangelib writes under migration-full', options, async t => {
  const server = await startFurnished(t)
  const { sandbox, keys } = server
  const done = await runPython(server, {
    script: 'writing',
    key: keys.full,
    settings: { role: 'full' },
  })
  const { sha256, ...mailed } = done['mailed'] as Record<string, unknown>
  t.strictSame(mailed, { identical: true, body: 'ü & x', arrived: 1, left: 0 }, 'mail')
  const [sent] = sandbox.mailbox(ALICE).files('sentitems')
  t.equal(digest(sent ?? Buffer.alloc(0)), sha256, 'an upload of 10 MB, byte for byte')
  t.strictSame(done['tidied'], { held: ['Dinner on Friday?'], drafts: 1 }, 'folders')
  t.strictSame(done['met'], { accepted: 'Accept', answers: 1 }, 'a meeting')
  t.strictSame(done['went'], ['Disabled', 'Enabled'], 'out of office')
  t.equal(sandbox.mailbox(ALICE).oofState(), 'Enabled')
  t.strictSame(
    done['never'],
    {
      'inbox rule': 'ErrorAccessDenied',
      push: 'ErrorAccessDenied',
      'rename a folder with all its fields': 'ErrorAccessDenied',
    },
    'what no role may',
  )
  everyoneWasImpersonated(t, server, ['alice', 'bob', 'carol'], 'exchangelib under migration-full')
})

t.test('P10 exchangelib raises the error of each reason', options, async t => {
  const server = await startFurnished(t)
  const { keys, gateway, sandbox } = server
  const denied = 'ErrorImpersonateUserDenied'
  const settings = { sid: SID_OF_THE_CEO, steps: ['ceo', 'others'] }
  const readOnly = await runPython(server, { script: 'refusals', key: keys.readOnly, settings })

  const steps = [
    ...['ceo', 'others', 'two_identifiers', 'foreign_folder'],
    ...['wrong_password', 'wrong_password_detected', 'wrong_password_patiently'],
    'denied_patiently',
  ]
  const arrived = arrivals(t, gateway.dataPort)
  const before: number[] = []
  const full = await runPython(server, {
    script: 'refusals',
    key: keys.full,
    settings: { ...settings, steps },
    onPause: Object.fromEntries(
      steps.map(step => [
        step,
        () => {
          before.push(arrived.length)
          if (step === 'wrong_password') sandbox.forget()
        },
      ]),
    ),
  })
  t.equal(before.length, steps.length, 'each step is counted')

  for (const [role, { ceo, others }] of Object.entries({ full, readOnly })) {
    const [PrimarySmtpAddress, alias, SmtpAddress, PrincipalName, SID] = Array(5).fill(denied)
    t.strictSame(ceo, { PrimarySmtpAddress, alias, SmtpAddress, PrincipalName, SID }, role)
    t.strictSame(
      others,
      {
        carol: role === 'full' ? null : denied,
        nobody: denied,
        neutral: denied,
        'svc-gateway': denied,
      },
      role,
    )
  }
  t.equal(full['two_identifiers'], 'ErrorInvalidExchangeImpersonationHeaderData')
  t.equal(full['foreign_folder'], 'ErrorAccessDenied')

  const outcomeOf = (step: string) => {
    const [from = 0, to = arrived.length] = before.slice(steps.indexOf(step))
    return { outcome: full[step], requests: to - from }
  }
  t.strictSame(outcomeOf('wrong_password'), { outcome: 'UnauthorizedError', requests: 1 })
  t.strictSame(outcomeOf('wrong_password_patiently'), {
    outcome: { error: 'RateLimitError', soon: true },
    requests: 1,
  })
  t.strictSame(outcomeOf('denied_patiently'), { outcome: denied, requests: 1 })
  const detected = outcomeOf('wrong_password_detected')
  t.equal(detected.outcome, 'UnauthorizedError')
  t.ok(detected.requests > 0 && detected.requests <= 3, 'no endless retry')
  t.strictSame(sandbox.seen, [], 'a wrong password never reaches the server')
})

for (const role of ROLES)
  t.test(`R1 exchangelib sends requests without impersonation under ${role}`, options, async t => {
    const server = await startFurnished(t)
    const { sandbox, keys } = server
    const answers = await runPython(server, { script: 'neutral', key: keys[role] })
    t.strictSame(answers, {
      names: ['bob@example.com'],
      list_members: ['alice@example.com', 'bob@example.com'],
      rooms: ['room1@example.com', 'room2@example.com'],
      time_zones: true,
      converted: ['HexEntryId'],
      availability: ['DetailedMerged'],
      denied_availability: {
        bob: null,
        carol: role === 'full' ? null : 'ErrorAccessDenied',
        ceo: 'ErrorAccessDenied',
      },
      mail_tips: 'ErrorAccessDenied', // it names a sender, but no user to impersonate
      time_zone_of_an_event: ['Dentist', 'Planning'],
    })
    const neutral = sandbox.seen.filter(({ impersonated }) => impersonated === NEUTRAL)
    const operations = new Set(neutral.map(({ operation }) => operation))
    for (const operation of [
      'ResolveNames',
      'ExpandDL',
      'GetRoomLists',
      'GetRooms',
      'GetServerTimeZones',
      'ConvertId',
      'GetUserAvailability',
    ])
      t.ok(operations.has(operation), `${operation} acts as the neutral mailbox`)
    everyoneWasImpersonated(t, server, ['alice', 'bob'], 'exchangelib without a header')
  })

t.test('R1 exchangelib learns nothing without a neutral mailbox', options, async t => {
  const server = await startFurnished(t, { neutral: false })
  const { detected, given, user_name } = await runPython(server, {
    script: 'refusals',
    key: server.keys.full,
    settings: { sid: SID_OF_THE_CEO, steps: ['detected', 'given', 'user_name'] },
  })
  t.equal(detected, 'TransportError')
  const names = 'ErrorInvalidExchangeImpersonationHeaderData'
  t.strictSame(given, [null, names], 'with a given authentication type, it reads mail')
  t.strictSame(
    user_name,
    {
      inbox: [...server.sandbox.mailbox(ALICE).subjects('inbox')].toSorted(),
      names: ['bob@example.com'],
      ceo: 'ErrorImpersonateUserDenied',
      nobody: 'ErrorImpersonateUserDenied',
    },
    'or it opens a mailbox as its user name says, and finds all out',
  )
  everyoneWasImpersonated(t, server, ['alice'], 'exchangelib without a neutral mailbox')
})

t.test('exchangelib with fault tolerance saves an item at most once', options, async t => {
  const upstream = await FaultyUpstream.start(t)
  const server = await startFurnished(t, { upstreamUrl: upstream.url })
  upstream.sandbox = server.sandbox
  const before = server.sandbox.mailbox(ALICE).subjects()
  const results = [
    ['closes before it runs the operation', 'ErrorTimeoutExpired', 0],
    ['closes after it ran the operation', 'ErrorTimeoutExpired', 1],
    ['closes in the head of its response', 'ErrorTimeoutExpired', 1],
    ['closes in the body of its response', 'ErrorTimeoutExpired', 1],
    ['answers 500 in text after it ran the operation', 'ErrorTimeoutExpired', 1],
    ['answers 503', 'ErrorTimeoutExpired', 0],
    ['answers 413', 'ErrorMessageSizeExceeded', 0],
  ] as const satisfies readonly (readonly [Fault, string, number])[]
  const faults = results.map(([fault]) => fault)
  const breakOnce = (fault: Fault) => () => {
    upstream.fault = fault
    upstream.times = 1
  }
  const errors = await runPython(server, {
    script: 'retries',
    key: server.keys.full,
    settings: { faults },
    onPause: Object.fromEntries(faults.map(fault => [fault, breakOnce(fault)])),
  })
  const saved = server.sandbox.mailbox(ALICE).subjects().slice(before.length)
  for (const [fault, error, executions] of results) {
    t.equal(errors[fault], error, `an upstream that ${fault}`)
    t.equal(saved.filter(subject => subject === fault).length, executions, 'is asked once')
  }
})
