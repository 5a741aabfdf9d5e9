/**
 * Thunderbird's Exchange accounts can't impersonate: the user name names the mailbox.
 */

import t from 'tap'
import type { OperationName } from '../../src/ews/operations.ts'
import { type GatewayTestServer, ORGANIZATION } from '../kit/gateway-test-server.ts'
import { until } from '../kit/until.ts'
import {
  everyoneWasImpersonated,
  nothingWasWritten,
  reasonsIn,
  startFurnished,
} from './client-test-server.ts'
import { comparePage, described } from './seen.ts'
import { accessOf, settingOf } from './snippets.ts'
import { skip, Thunderbird } from './thunderbird.ts'

const DRAFT = 'From: alice@example.com\r\nSubject: Drafted in Thunderbird\r\n\r\nHello\r\n'
const FOLDERS = ['Deleted Items', 'Drafts', 'Inbox', 'Junk Email', 'Outbox', 'Sent Items']

/** Adds an account with the settings of the console. Its user name names a mailbox. */
function add(
  thunderbird: Thunderbird,
  server: GatewayTestServer,
  role: 'full' | 'readOnly',
  mailbox: string,
) {
  const access = accessOf(server.url, server.keys[role], mailbox)
  const setting = (label: string) => settingOf(access, 'thunderbird', label)
  return thunderbird.do('add', {
    url: setting('EWS URL'),
    mailbox: setting('Email address'),
    username: setting('Username'),
    password: setting('Password'),
  })
}

/** Waits for the decision on an action that Thunderbird doesn't report, and for its next answer. */
async function decided(
  thunderbird: Thunderbird,
  server: GatewayTestServer,
  operation: OperationName,
) {
  await until(`${operation} is decided on`, () =>
    server.audit().some(record => record.type === 'decision' && record['operation'] === operation),
  )
  await thunderbird.do('refresh')
}

/** Does what a user does, and returns the outcome of each action. */
async function use(thunderbird: Thunderbird, server: GatewayTestServer) {
  const connect = await thunderbird.do('connect')
  await thunderbird.do('folders')
  const { folders } = await thunderbird.shown()
  const refresh = await thunderbird.do('refresh')
  const read = (await thunderbird.do('read', { subject: 'Quarterly report' })) as object
  await thunderbird.do('flag', { subject: 'Quarterly report' })
  await decided(thunderbird, server, 'UpdateItem')
  const { inbox } = await thunderbird.shown()
  const draft = await thunderbird.do('saveDraft', { text: DRAFT })
  const letter = { to: 'carol@example.com', subject: 'Sent by Thunderbird', body: 'Hello' }
  const send = await thunderbird.do('send', letter)
  await thunderbird.do('createFolder', { name: 'Made in Thunderbird' })
  await decided(thunderbird, server, 'CreateFolder')
  const remove = await thunderbird.do('remove', { subject: 'Photo' })
  await thunderbird.do('destroy', { subject: 'Welcome' })
  await decided(thunderbird, server, 'DeleteItem')
  const isFlagged = inbox.find(({ subject }) => subject === 'Quarterly report')?.isFlagged
  return { connect, folders, refresh, read, isFlagged, draft, send, remove }
}

t.test('Thunderbird reads a mailbox, and writes if the role can', { skip }, async t => {
  const thunderbird = await Thunderbird.start(t)
  // Gateways stay open, because Thunderbird looks for new mail in each account.
  const open = () => startFurnished(t)

  await t.test('under FULL_ACCESS', async t => {
    const server = await open()
    await add(thunderbird, server, 'full', 'alice@example.com')
    const outcomes = await use(thunderbird, server)
    t.hasStrict(outcomes, {
      connect: 'ok',
      refresh: 'ok',
      read: { status: 'ok' },
      isFlagged: true,
      draft: 'ok',
      send: 'ok',
      remove: 'ok',
    })
    t.match(outcomes.read, { text: /^Subject: Quarterly report\r$/m })
    for (const folder of FOLDERS) t.ok(outcomes.folders.includes(folder), folder)
    const alice = server.sandbox.mailbox('alice@example.com')
    t.ok(alice.subjects('drafts').includes('Drafted in Thunderbird'))
    t.ok(alice.subjects('deleteditems').includes('Photo'))
    t.notOk(alice.subjects('inbox').includes('Welcome'))
    const carol = server.sandbox.mailbox('carol@example.com')
    t.ok(carol.subjects('inbox').includes('Sent by Thunderbird'))
    t.strictSame(reasonsIn(server), [])
    t.strictSame(thunderbird.dialogs.splice(0), [])
    everyoneWasImpersonated(t, server, ['alice'], 'Thunderbird under migration-full')
  })

  await t.test('P10 under READ_ONLY, where it reports only that it cannot send', async t => {
    const server = await open()
    await add(thunderbird, server, 'readOnly', 'alice@example.com')
    const outcomes = await use(thunderbird, server)
    t.hasStrict(outcomes, {
      connect: 'ok',
      refresh: 'ok',
      read: { status: 'ok' },
      isFlagged: false,
      draft: '0x8000ffff',
      send: '0x8000ffff',
      remove: '0x8000ffff',
    })
    const { inbox, folders } = await thunderbird.shown()
    const subjects = inbox.map(({ subject }) => subject)
    for (const kept of ['Photo', 'Welcome']) t.ok(subjects.includes(kept), `it still lists ${kept}`)
    t.notOk(folders.includes('Made in Thunderbird'))
    const failed = 'Sending of the message failed.'
    const dialogs = thunderbird.dialogs.splice(0)
    t.strictSame(dialogs, [`${failed}\n${failed}`], 'it says only that sending failed')
    t.strictSame(reasonsIn(server), ['role-is-read-only'])
    nothingWasWritten(t, server, 'Thunderbird under backup-readonly')
    everyoneWasImpersonated(t, server, ['alice'], 'Thunderbird under backup-readonly')

    await server.store.lockRole(ORGANIZATION, server.client('backup-readonly').role.id, {})
    t.equal(await thunderbird.do('refresh'), '0x8000ffff')
    t.strictSame(thunderbird.dialogs.splice(0), [])
    const nothing = { connect: 'nothing', read: 'nothing', save: 'nothing', mark: 'nothing' }
    const send = described(failed)
    comparePage(t, 'Thunderbird 153', { ...nothing, send, remove: 'nothing' })
  })

  await t.test('P10 it is denied another user, and gives up', async t => {
    const server = await open()
    await add(thunderbird, server, 'full', 'ceo@example.com')
    t.equal(await thunderbird.do('connect'), '0x8000ffff')
    t.strictSame((await thunderbird.shown()).folders, [])
    t.strictSame(reasonsIn(server), ['rule-denies'])
    t.strictSame(server.sandbox.seen, [], 'P1 nothing reaches the server')
  })
  t.strictSame(await thunderbird.alerts(), [], 'no notification tells the user of a denial')
})
