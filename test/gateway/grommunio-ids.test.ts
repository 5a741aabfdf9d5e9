/**
 * R43: an ID in grommunio's form is in the mailbox that all of its parts name, or the request is denied. grommunio-ids.slow.ts
 * tries all values of all bytes.
 */

import t from 'tap'
import {
  ALICE,
  ANY,
  ask,
  askAll,
  BACKUP,
  BOB,
  CEO,
  changed,
  FULL,
  findItem,
  getFolder,
  idsOf,
  NUMBER_AT,
  openedIn,
  PERMITTED,
  ROWS,
  startNumbered,
  valuesOf,
} from './grommunio-ids.ts'
import { direct } from './guard-rows.ts'

const numberIn = (id: string): number => Buffer.from(id, 'base64')[NUMBER_AT] ?? 0
const sameNumber = (id: string, other: string) => changed(id, NUMBER_AT, numberIn(other))

t.test('R43 one byte of an ID opens no other mailbox', async t => {
  const server = await startNumbered(t)
  const [own, ceo] = [await idsOf(server.sandbox, ALICE), await idsOf(server.sandbox, CEO)]
  const mixed = sameNumber(own.folder, ceo.folder)
  server.sandbox.forget()
  const found = await direct(server.sandbox, ALICE, findItem(mixed))
  t.match(found, ceo.item, 'the server finds the mail of the CEO')
  t.strictSame(openedIn(server.sandbox), [CEO], 'because it goes by the number')

  const get = ROWS.find(({ name }) => name === 'GetItem')
  for (const role of [FULL, BACKUP, PERMITTED, ANY])
    for (const [what, operation] of [
      ['the ID with one other byte', findItem(mixed)],
      ['an ID that the server gave', get?.of(ceo.item, own) ?? ''],
      ['a folder of the CEO', getFolder(ceo.folder)],
    ] as const) {
      const { text, id } = await ask(server, role, operation)
      t.strictSame(
        openedIn(server.sandbox).filter(owner => owner !== ALICE),
        [],
        what,
      )
      t.notMatch(text, /MimeContent|ItemId/, role.name)
      const record = server.audit().find(it => it.type === 'decision' && it.decisionId === id)
      t.match(record, { verdict: 'deny', reason: 'foreign-mailbox' })
      const number = numberIn(ceo.item).toString(16).padStart(8, '0')
      t.match(
        record?.['unknownMailboxes'],
        [new RegExp(`^${number}-`)],
        'the record has the number',
      )
    }
})

t.test('R43 the record names the owners of IDs', async t => {
  const server = await startNumbered(t)
  const [own, bob] = [await idsOf(server.sandbox, ALICE), await idsOf(server.sandbox, BOB)]
  const recordOf = async (role: typeof FULL, operation: string) => {
    const { id } = await ask(server, role, operation)
    const record = server.audit().find(it => it.type === 'decision' && it.decisionId === id)
    return {
      verdict: record?.verdict,
      mailboxOwners: record?.['mailboxOwners'],
      unknownMailboxes: record?.['unknownMailboxes'],
    }
  }
  const bobsInbox =
    '<m:GetFolder><m:FolderShape><t:BaseShape>IdOnly</t:BaseShape></m:FolderShape><m:FolderIds>' +
    `<t:DistinguishedFolderId Id="inbox"><t:Mailbox><t:EmailAddress>${BOB}</t:EmailAddress></t:Mailbox></t:DistinguishedFolderId></m:FolderIds></m:GetFolder>`
  t.match(await recordOf(PERMITTED, bobsInbox), { verdict: 'allow', mailboxOwners: undefined })
  const bobs = [await server.userId(BOB)]
  t.strictSame(
    await recordOf(PERMITTED, getFolder(bob.folder)),
    { verdict: 'allow', mailboxOwners: bobs, unknownMailboxes: undefined },
    'an owner that the rules allow',
  )
  t.strictSame(
    await recordOf(FULL, getFolder(bob.folder)),
    { verdict: 'deny', mailboxOwners: bobs, unknownMailboxes: undefined },
    'a foreign owner',
  )
  t.strictSame(
    await recordOf(PERMITTED, getFolder(sameNumber(own.folder, bob.folder))),
    { verdict: 'deny', mailboxOwners: bobs, unknownMailboxes: undefined },
    'parts that contradict each other: the owner that the server goes by',
  )
  t.strictSame(
    await recordOf(FULL, getFolder(own.folder)),
    { verdict: 'allow', mailboxOwners: undefined, unknownMailboxes: undefined },
    'the user',
  )
})

t.test('R43 no other byte opens another mailbox, by any operation', async t => {
  const server = await startNumbered(t, { keepSeen: 10_000 })
  const [own, ceo] = [await idsOf(server.sandbox, ALICE), await idsOf(server.sandbox, CEO)]
  for (const { kind, name, reads, of } of ROWS) {
    const id = own[kind]
    const bytes = Buffer.from(id, 'base64')
    // All numbers of users below 256, and a few other values of each byte. A counter is another object of the same mailbox.
    const ids = [...bytes].flatMap((byte, at) =>
      valuesOf(byte, at === NUMBER_AT && reads === true).map(value => changed(id, at, value)),
    )
    const tried = ids.filter(one => reads === true || !isCounterOf(id, one))
    server.sandbox.forget()
    if (kind !== 'conversation' && reads) {
      await direct(server.sandbox, ALICE, of(sameNumber(id, ceo.folder), own))
      t.strictSame(openedIn(server.sandbox), [CEO], `${name}: the server opens it`)
    }
    await askAll(
      server,
      reads ? BACKUP : FULL,
      tried.map(one => of(one, own)),
    )
    await askAll(
      server,
      PERMITTED,
      tried.slice(0, 100).map(one => of(one, own)),
    )
    t.strictSame(
      openedIn(server.sandbox).filter(owner => owner !== ALICE),
      [],
      name,
    )
    if (kind === 'conversation') continue
    const { code, text } = await ask(server, FULL, of(id, own))
    t.equal(code, 'NoError', `${name} with the ID itself ${code === 'NoError' ? '' : text}`)
    t.strictSame(openedIn(server.sandbox), [ALICE])
  }
})

/** Whether two IDs differ only in the counter of a folder, an item, or an attachment. */
function isCounterOf(id: string, other: string): boolean {
  const [a, b] = [Buffer.from(id, 'base64'), Buffer.from(other, 'base64')]
  const at = [...a].findIndex((byte, i) => byte !== b[i])
  return (at >= 38 && at < 44) || (at >= 62 && at < 68) || (at >= 70 && at < a.length - 1)
}

t.test('R43 synchronization needs no setting', async t => {
  const server = await startNumbered(t)
  const { folder } = await idsOf(server.sandbox, ALICE)
  const sync = (state: string) =>
    `<m:SyncFolderItems><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape><m:SyncFolderId><t:FolderId Id="${folder}"/></m:SyncFolderId>${state}<m:MaxChangesReturned>2</m:MaxChangesReturned></m:SyncFolderItems>`
  const [state = ''] =
    /<m:SyncState>.*?<.m:SyncState>/.exec((await ask(server, FULL, sync(''))).text) ?? []
  t.ok(state)
  t.equal((await ask(server, FULL, sync(state))).code, 'NoError')
})
