/**
 * DavMail 6.3 knows no impersonation: its user name says whose mailbox it reads. Without that it is
 * refused, learns so at once, and gives up.
 */

import t from 'tap'
import { Imap, skip, startDavMail } from './davmail.ts'
import {
  CONTRACT,
  everyoneWasImpersonated,
  nothingWasWritten,
  reasonsIn,
  startFurnished,
} from './house.ts'
import { arrivals } from './waiting.ts'

t.test('P10 DavMail is refused for want of a name, and gives up', { skip }, async t => {
  const house = await startFurnished(t)
  const port = await startDavMail(t, house.url)
  const arrived = arrivals(t, house.gateway.dataPort)
  const { id, secret } = house.keys.full
  t.match(await new Imap(t, port).login(id, secret), /^a1 NO LOGIN failed/m)
  t.strictSame(reasonsIn(house), ['impersonation-missing'])
  t.ok(arrived.length > 0 && arrived.length <= 6, `${arrived.length} requests and no more`)
  t.strictSame(house.sandbox.seen, [], 'P1 nothing reaches the server')
})

t.test('DavMail reads a mailbox that its user name names', { skip }, async t => {
  const house = await startFurnished(t, { opaqueIds: 'refuse' })
  const port = await startDavMail(t, house.url)
  const { readOnly, full } = house.keys

  const alice = new Imap(t, port)
  t.match(await alice.login(`alice@example.com;${readOnly.id}`, readOnly.secret), /^a1 OK/m)
  t.match(await alice.ask('LIST "" "*"'), /"INBOX".*"Sent"/s)
  t.match(await alice.ask('SELECT INBOX'), /^\* 6 EXISTS/m)
  const mails = await alice.ask('FETCH 1:* (BODY.PEEK[])')
  t.match(mails, /^Subject: Quarterly report/m)
  t.match(mails, `filename="${CONTRACT.files[0].name}"`)
  const { content } = CONTRACT.files[0]
  t.ok(mails.replace(/\s/g, '').includes(content.toString('base64')), 'to the last byte')
  t.match(await alice.ask('STORE 1:* +FLAGS (\\Seen)'), /^a5 (NO|BAD)/m, 'P4 and cannot write')
  t.ok(reasonsIn(house).includes('role-is-read-only'))

  const bob = new Imap(t, port)
  const { name } = house.client('migration-full').role
  t.match(await bob.login(`bob@example.com;${name}\\${full.id}`, full.secret), /^a1 OK/m)
  t.match(await bob.ask('SELECT INBOX'), /^\* \d+ EXISTS/m)
  everyoneWasImpersonated(t, house, ['alice', 'bob'], 'each request acts as one of the two')
  nothingWasWritten(t, house, 'DavMail reads')

  house.sandbox.forget()
  for (const [mailbox, bar, reason] of [
    ['boss@example.com', ';', 'rule-denies'],
    ['nobody@example.com', ';', 'unknown-user'],
    // DavMail keeps what stands before a bar, and sends it alone.
    ['alice@example.com', '|', 'credentials-refused'],
  ] as const) {
    const refused = await new Imap(t, port).login(`${mailbox}${bar}${full.id}`, full.secret)
    t.match(refused, /^a1 NO LOGIN failed/m, `${mailbox}${bar}`)
    t.ok(reasonsIn(house).includes(reason), reason)
  }
  t.strictSame(house.sandbox.seen, [], 'P1 nothing reaches the server')
})
