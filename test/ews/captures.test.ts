import t from 'tap'
import { operationOf } from '../../src/ews/operations.ts'
import { readEnvelope } from '../../src/ews/reader.ts'
import { Failure } from '../../src/model/failure.ts'
import type { ConnectingSid } from '../../src/model/identity.ts'
import { type Capture, captures } from './generators.ts'

/** ews-javascript-api escapes neither text nor attributes: no XML, and no server takes it. */
const UNESCAPED = [
  '009-FindItem-finditem-filter.http',
  '013-CreateItem-create-save.http',
  '014-CreateItem-create-send.http',
  '015-CreateItem-create-sendsave.http',
  '055-CreateItem-batch-createitems.http',
]

/** Default impersonated user of each client. */
const USUAL: Readonly<Record<string, ConnectingSid>> = {
  'ews-javascript-api': { kind: 'SmtpAddress', value: 'user@example.com' },
  'node-ews': { kind: 'PrimarySmtpAddress', value: 'user@example.com' },
}

const NAMED: Readonly<Record<string, Readonly<Record<string, ConnectingSid>>>> = {
  'ews-javascript-api': {
    smtp: { kind: 'SmtpAddress', value: 'user@example.com' },
    upn: { kind: 'PrincipalName', value: 'user@corp.example.com' },
    sid: { kind: 'SID', value: 'S-1-5-21-1111111111-2222222222-3333333333-1104' },
    primary: { kind: 'PrimarySmtpAddress', value: 'user@example.com' },
  },
  'node-ews': {
    smtp: { kind: 'SmtpAddress', value: 'alias@example.com' },
    upn: { kind: 'PrincipalName', value: 'user@corp.example.com' },
    sid: { kind: 'SID', value: 'S-1-5-21-1-2-3-1104' },
  },
}

function connectingSid({ client, file }: Capture): ConnectingSid | undefined {
  if (file.includes('-noimp')) return undefined
  const kind = /-imp-(\w+)/.exec(file)?.[1]
  return (kind === undefined ? undefined : NAMED[client]?.[kind]) ?? USUAL[client]
}

const all = captures()

t.test('captures: both clients are there', async t => {
  t.same([...new Set(all.map(({ client }) => client))].sort(), ['ews-javascript-api', 'node-ews'])
  t.ok(all.length > 60)
})

for (const capture of all) {
  const { client, file, body } = capture
  if (UNESCAPED.includes(file)) {
    t.test(`readEnvelope() rejects the ill-formed ${client}/${file}`, async t => {
      t.match(Buffer.from(body).toString(), /é & x|"x<&>é"/)
      try {
        readEnvelope(body)
        t.fail('accepted')
      } catch (error) {
        t.ok(error instanceof Failure)
        t.match(error, { reason: 'envelope-malformed' })
      }
    })
    continue
  }

  t.test(`readEnvelope() reads ${client}/${file}`, async t => {
    const { prologue, facts, operationStart, operationEnd } = readEnvelope(body)
    t.equal(operationOf(prologue.requestElement), file.split(/[-.]/)[1])
    t.same(prologue.connectingSid, connectingSid(capture))
    if (prologue.connectingSid) t.match(prologue.requestServerVersion, /^Exchange20/)
    t.equal(facts.pushSubscription, false)
    t.equal(facts.unknownMailbox, false)
    t.equal(facts.grants, false)
    t.equal(prologue.length, operationStart)

    const text = Buffer.from(body)
    t.match(text.subarray(0, operationStart).toString(), /<soap:Body>$/)
    t.equal(text.subarray(operationEnd).toString(), '</soap:Body></soap:Envelope>')
  })
}

for (const [file, facts] of Object.entries({
  '007-GetFolder-noimp-other-mailbox': {
    mailboxes: [{ address: 'user@example.com', allowed: 'own' }],
    folders: ['inbox'],
  },
  '024-MoveItem-move': { items: ['ITM-1'], itemCount: 1, hasIds: true },
  '038-ExpandDL-expanddl': { mailboxes: [], hasIds: false },
  '036-ResolveNames-resolvename': { mailboxes: [], hasIds: false },
  '039-ConvertId-convertid': {
    mailboxes: [{ address: 'user@example.com', allowed: 'converted' }],
    opaqueIds: true,
    hasIds: false,
    items: [],
    itemCount: 0,
  },
  '040-GetUserOofSettings-oof-get': {
    mailboxes: [{ address: 'user@example.com', allowed: 'own' }],
  },
  '042-GetUserAvailability-freebusy': {
    mailboxes: [{ address: 'user@example.com', allowed: 'permitted' }],
  },
  '043-GetRoomLists-roomlists': { mailboxes: [], hasIds: false },
  '045-GetDelegate-delegates': { mailboxes: [{ address: 'user@example.com', allowed: 'own' }] },
  '048-CreateItem-appt-create': { mailboxes: [] },
  '053-GetStreamingEvents-streaming': { connectionTimeout: 1, hasIds: false },
  '016-CreateItem-createitem-send': { mailboxes: [] },
})) {
  t.test(`readEnvelope() returns the facts of ${file}`, async t => {
    const capture = all.find(({ file: name }) => name === `${file}.http`)
    t.has(capture && readEnvelope(capture.body).facts, facts)
  })
}
