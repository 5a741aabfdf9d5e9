/**
 * DavMail 6.3 can't impersonate: its user name names the mailbox. Without that it is denied, and gives up.
 */

import t, { type Test } from 'tap'
import { type GatewayTestServer, type Key, ORGANIZATION } from '../kit/gateway-test-server.ts'
import {
  CONTRACT,
  everyoneWasImpersonated,
  nothingWasWritten,
  reasonsIn,
  startFurnished,
} from './client-test-server.ts'
import { Imap, skip, startDavMail } from './davmail.ts'
import { CARD, DavMailUser, EVENT, EVENTS, MAIL } from './davmail-user.ts'
import { comparePage, described } from './seen.ts'
import { arrivals } from './waiting.ts'

t.test('P10 DavMail is rejected without a mailbox name, and gives up', { skip }, async t => {
  const server = await startFurnished(t)
  const { imap: port } = await startDavMail(t, server.url)
  const arrived = arrivals(t, server.gateway.dataPort)
  const { id, secret } = server.keys.full
  t.match(await new Imap(t, port).login(id, secret), /^a1 NO LOGIN failed/m)
  t.strictSame(reasonsIn(server), ['impersonation-missing'])
  t.ok(arrived.length > 0 && arrived.length <= 6, `${arrived.length} requests and no more`)
  t.strictSame(server.sandbox.seen, [], 'P1 nothing reaches the server')
})

t.test('DavMail reads the mailbox in its user name', { skip }, async t => {
  const server = await startFurnished(t, { opaqueIds: 'refuse' })
  const { imap: port } = await startDavMail(t, server.url)
  const { readOnly, full } = server.keys

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
  t.ok(reasonsIn(server).includes('role-is-read-only'))

  const bob = new Imap(t, port)
  const { name } = server.client('migration-full').role
  t.match(await bob.login(`bob@example.com;${name}\\${full.id}`, full.secret), /^a1 OK/m)
  t.match(await bob.ask('SELECT INBOX'), /^\* \d+ EXISTS/m)
  everyoneWasImpersonated(t, server, ['alice', 'bob'], 'each request acts as one of the two')
  nothingWasWritten(t, server, 'DavMail reads')

  server.sandbox.forget()
  for (const [mailbox, bar, reason] of [
    ['boss@example.com', ';', 'rule-denies'],
    ['nobody@example.com', ';', 'unknown-user'],
    // DavMail sends only the text before the bar as the user name.
    ['alice@example.com', '|', 'credentials-refused'],
  ] as const) {
    const refused = await new Imap(t, port).login(`${mailbox}${bar}${full.id}`, full.secret)
    t.match(refused, /^a1 NO LOGIN failed/m, `${mailbox}${bar}`)
    t.ok(reasonsIn(server).includes(reason), reason)
  }
  t.strictSame(server.sandbox.seen, [], 'P1 nothing reaches the server')
})

/** Uses every protocol, and returns the responses that the programs get. */
async function use(user: DavMailUser) {
  const imap = async (command: string) => (await user.imap()).ask(command)
  return {
    flag: await imap('STORE 1 +FLAGS (\\Flagged)'),
    append: await (await user.imap()).append('Drafts', MAIL),
    create: await imap('CREATE "By DavMail"'),
    copy: await imap('COPY 1 Trash'),
    remove: await imap('MOVE 1 Trash'),
    smtp: await user.smtp(),
    pop: await user.pop(),
    ldap: await user.ldap(),
    event: await user.dav('PUT', 'calendar/made.ics', EVENT),
    events: await user.dav('REPORT', 'calendar/', EVENTS),
    card: await user.dav('PUT', 'contacts/made.vcf', CARD),
    cardAgain: await user.dav('GET', 'contacts/made.vcf'),
  }
}

const userOf = async (t: Test, server: GatewayTestServer, role: 'full' | 'readOnly') =>
  new DavMailUser(
    t,
    await startDavMail(t, server.url),
    userName(server.keys[role]),
    server.keys[role].secret,
  )

const userName = ({ id }: Key) => `alice@example.com;${id}`

const summariesIn = (text: string) =>
  [...text.matchAll(/^SUMMARY:(.*)\r$/gm)].map(([, summary]) => summary).toSorted()

/** Words of the last line of an answer, without its status and the request that DavMail adds. */
const wordsIn = (answer: string) =>
  /^(?:a\d (?:BAD|NO)|451 Error :) (.*?)(?: +request: <soap.*)?\r$/m.exec(answer)?.[1] ?? answer

t.test('DavMail has mail, address book, calendar, and contacts', { skip }, async t => {
  const server = await startFurnished(t)
  const user = await userOf(t, server, 'full')
  const got = await use(user)
  for (const step of ['flag', 'append', 'create', 'copy', 'remove'] as const)
    t.match(got[step], /^a3 OK/m, step)
  t.match(got.smtp, /^250 /)
  t.match(got.pop, /^Subject: /m)
  t.strictSame(got.ldap, ['bob@example.com'])
  t.equal(got.event.status, 201)
  t.strictSame(summariesIn(got.events.text), [
    'By DavMail',
    'Dentist',
    'Holiday',
    'Planning',
    'Review',
  ])
  t.equal(got.card.status, 201)
  t.match(got.cardAgain.text, /^FN:Jane Doe/m)
  t.ok(server.sandbox.mailbox('bob@example.com').subjects('inbox').includes('By DavMail'))
  t.strictSame(reasonsIn(server), [])
  everyoneWasImpersonated(t, server, ['alice'], 'DavMail under migration-full')
})

t.test('P10 DavMail shows why it is denied', { skip }, async t => {
  const server = await startFurnished(t)
  const user = await userOf(t, server, 'readOnly')
  const got = await use(user)
  for (const step of ['flag', 'append', 'create', 'copy', 'remove'] as const)
    t.match(got[step], /^a3 BAD .*Access is denied\..* The role is read-only\./, step)
  t.match(got.smtp, /^451 .*Access is denied\..* The role is read-only\./)
  t.match(got.pop, /^Subject: /m)
  t.strictSame(got.ldap, ['bob@example.com'])
  t.strictSame(summariesIn(got.events.text), ['Dentist', 'Holiday', 'Planning', 'Review'])
  t.equal(got.event.status, 503)
  t.match(got.card, { status: 503, text: /Access is denied\..* The role is read-only\./ })
  nothingWasWritten(t, server, 'DavMail under backup-readonly')

  const imap = await user.imap()
  await server.store.lockRole(ORGANIZATION, server.client('backup-readonly').role.id, {})
  const read = await imap.ask('FETCH 1 (BODY.PEEK[])')
  const denied = await user.login()
  comparePage(t, 'DavMail 6.3, IMAP and SMTP', {
    connect: described(wordsIn(denied)),
    read: described(wordsIn(read)),
    save: described(wordsIn(got.append)),
    mark: described(wordsIn(got.flag)),
    send: described(wordsIn(got.smtp)),
    remove: described(wordsIn(got.remove)),
  })
})
