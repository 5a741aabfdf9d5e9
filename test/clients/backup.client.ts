/**
 * The main job of a READ_ONLY role: a backup of many mailboxes, again and again.
 */

import {
  ConflictResolutionMode,
  DeleteMode,
  EmailMessage,
  ItemView,
  WellKnownFolderName,
} from 'ews-javascript-api'
import t, { type Test } from 'tap'
import {
  type GatewayTestServer,
  startGatewayTestServer,
  USERS,
} from '../kit/gateway-test-server.ts'
import { MailboxBackup } from './backup.ts'
import { everyoneWasImpersonated, nothingWasWritten } from './client-test-server.ts'
import { serviceFor } from './ews.ts'
import { runPython, withoutExchangelib } from './python.ts'

/** Messages of two mailboxes: more than a client requests at once, in changes and in items. */
const MANY = 120
/** Messages of the other mailboxes. */
const FEW = 5
const NAMES = Array.from({ length: 20 }, (_, i) => `user${String(i + 1).padStart(2, '0')}`)
const BACKUP = 'backup-everybody'
const addressOf = (name: string) => `${name}@example.com`
const { Inbox } = WellKnownFolderName

/** Starts a test server with messages in each mailbox, in addition to those of the sandbox. */
async function startWithMail(t: Test, names = NAMES): Promise<GatewayTestServer> {
  const people = names.map(name => ({ primarySmtpAddress: addressOf(name), aliases: [] }))
  const allow = names.map(addressOf)
  const server = await startGatewayTestServer(t, {
    users: [...USERS, ...people],
    roles: [{ name: BACKUP, type: 'READ_ONLY', allow }],
    keepSeen: 100_000,
  })
  for (const [at, name] of names.entries())
    for (let i = 1; i <= (at < 2 ? MANY : FEW); i += 1)
      server.sandbox
        .mailbox(addressOf(name))
        .deliver({ subject: `Message ${i}`, body: `<p>Number ${i} for ${name}</p>` })
  return server
}

/** One message more in each third mailbox, one changed in each fifth, one gone from each seventh. */
async function goOn(server: GatewayTestServer, names = NAMES) {
  const changed = { more: new Set<string>(), other: new Set<string>(), gone: new Set<string>() }
  for (const [i, name] of names.entries()) {
    const mailbox = server.sandbox.mailbox(addressOf(name))
    const service = serviceFor(server, server.keys.full, addressOf(name))
    const newest = async () => (await service.FindItems(Inbox, new ItemView(2))).Items
    if (i % 5 === 0) {
      const [item] = await newest()
      if (item === undefined) throw new Error('There is no mail')
      const message = await EmailMessage.Bind(service, item.Id)
      message.Subject = 'Changed'
      await message.Update(ConflictResolutionMode.AlwaysOverwrite)
      changed.other.add(name)
    }
    if (i % 7 === 0) {
      const [, item] = await newest()
      await item?.Delete(DeleteMode.HardDelete)
      changed.gone.add(name)
    }
    if (i % 3 === 0) {
      mailbox.deliver({ subject: 'New' })
      changed.more.add(name)
    }
  }
  return changed
}

type Changed = Awaited<ReturnType<typeof goOn>>

const countsOf = (server: GatewayTestServer, names = NAMES) =>
  Object.fromEntries(names.map(name => [name, server.sandbox.mailbox(addressOf(name)).count()]))

const expectedOf = ({ more, other }: Changed, names = NAMES) =>
  Object.fromEntries(names.map(name => [name, Number(more.has(name)) + Number(other.has(name))]))

const operationsOf = ({ sandbox }: GatewayTestServer, operation: string) =>
  sandbox.executed.filter(executed => executed.operation === operation).length

t.test('a backup with ews-javascript-api fetches everything, then what changed', async t => {
  const server = await startWithMail(t)
  const { key } = server.client(BACKUP)
  const backups = new Map(NAMES.map(name => [name, new MailboxBackup()]))
  const runAll = () =>
    Promise.all(
      [...backups].map(([name, backup]) => backup.run(serviceFor(server, key, addressOf(name)))),
    )
  const each = (value: (backup: MailboxBackup) => number) =>
    Object.fromEntries([...backups].map(([name, backup]) => [name, value(backup)]))
  const folders = server.sandbox.mailbox(addressOf('user01')).folderNames().length

  await runAll()
  t.strictSame(
    each(({ fetched }) => fetched),
    countsOf(server),
    'all items of all mailboxes',
  )
  const [first] = backups.values()
  const kept = [...(first?.items.values() ?? [])].find(({ subject }) => subject === 'Message 7')
  t.match(Buffer.from(kept?.mime ?? '', 'base64').toString('latin1'), /^Subject: Message 7\r$/m)
  nothingWasWritten(t, server, 'the first run')
  everyoneWasImpersonated(t, server, NAMES, 'the first run')
  t.equal(operationsOf(server, 'SyncFolderHierarchy'), 20)

  const changed = await goOn(server)
  server.sandbox.forget()
  await runAll()
  t.strictSame(
    each(({ fetched }) => fetched),
    expectedOf(changed),
    'only what is new or changed',
  )
  t.strictSame(
    each(({ items }) => items.size),
    countsOf(server),
    'and what is gone is gone',
  )
  t.equal(operationsOf(server, 'SyncFolderHierarchy'), 20)
  t.equal(operationsOf(server, 'SyncFolderItems'), 20 * folders)
  const fetches = new Set([...changed.more, ...changed.other]).size
  t.equal(operationsOf(server, 'GetItem'), fetches)
  t.equal(server.sandbox.seen.length, 20 + 20 * folders + fetches, 'and asks no more than it must')
  nothingWasWritten(t, server, 'the second run')
  everyoneWasImpersonated(t, server, NAMES, 'the second run')
})

const options = { skip: withoutExchangelib }
/** exchangelib reads slowly. */
const SOME = NAMES.slice(0, 8)

t.test('a backup with exchangelib exports everything, then what changed', options, async t => {
  const server = await startWithMail(t, SOME)
  const before = countsOf(server, SOME)
  let changed: Changed | undefined
  const outcomes = await runPython(server, {
    script: 'backup',
    key: server.client(BACKUP).key,
    settings: { names: SOME },
    onPause: {
      change: async () => {
        nothingWasWritten(t, server, 'the first run')
        everyoneWasImpersonated(t, server, SOME, 'the first run')
        changed = await goOn(server, SOME)
        server.sandbox.forget()
      },
    },
  })
  t.strictSame(outcomes['first'], { fetched: before, kept: before }, 'all items')
  if (changed === undefined) throw new Error('There was no second run')
  const second = { fetched: expectedOf(changed, SOME), kept: countsOf(server, SOME) }
  t.strictSame(outcomes['second'], second, 'only what is new or changed')
  const fetches = new Set([...changed.more, ...changed.other]).size
  t.equal(operationsOf(server, 'ExportItems'), fetches)
  nothingWasWritten(t, server, 'the second run')
  everyoneWasImpersonated(t, server, SOME, 'the second run')
})
