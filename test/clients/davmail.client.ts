/**
 * DavMail 6.3 can't impersonate: its user name names the mailbox. Without that it is denied, and gives up.
 */

import { Client } from 'ldapts'

import t, { type Test } from 'tap'
import { type GatewayTestServer, type Key, ORGANIZATION } from '../kit/gateway-test-server.ts'
import {
  CONTRACT,
  everyoneWasImpersonated,
  nothingWasWritten,
  reasonsIn,
  startFurnished,
} from './client-test-server.ts'
import { Imap, Lines, type Ports, skip, startDavMail } from './davmail.ts'
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

const MAIL =
  'From: alice@example.com\r\nTo: bob@example.com\r\nSubject: By DavMail\r\n\r\nHello\r\n'
const EVENT =
  'BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:test\r\nBEGIN:VEVENT\r\nUID:made\r\nDTSTAMP:20261127T100000Z\r\n' +
  'DTSTART:20261128T100000Z\r\nDTEND:20261128T110000Z\r\nSUMMARY:By DavMail\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n'
const CARD = 'BEGIN:VCARD\r\nVERSION:3.0\r\nUID:made\r\nN:Doe;Jane\r\nFN:Jane Doe\r\nEND:VCARD\r\n'
const EVENTS =
  '<C:calendar-query xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><D:prop><C:calendar-data/></D:prop>' +
  '<C:filter><C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT"/></C:comp-filter></C:filter></C:calendar-query>'
const READ = /^(\+OK.*|-ERR.*)\r\n/m
const REPLY = /^\d{3} .*\r\n/m

/** A user of DavMail who has each protocol's program. */
class DavMailUser {
  readonly #t: Test
  readonly #ports: Ports
  readonly #user: string
  readonly #secret: string

  constructor(t: Test, ports: Ports, mailbox: string, { id, secret }: Key) {
    this.#t = t
    this.#ports = ports
    this.#user = `${mailbox};${id}`
    this.#secret = secret
  }

  /** Logs in by IMAP, and returns the answer. */
  login(): Promise<string> {
    return new Imap(this.#t, this.#ports.imap).login(this.#user, this.#secret)
  }

  /** DavMail closes a connection on which a request was denied. */
  async imap(): Promise<Imap> {
    const imap = new Imap(this.#t, this.#ports.imap)
    await imap.login(this.#user, this.#secret)
    await imap.ask('SELECT INBOX')
    return imap
  }

  async smtp(): Promise<string> {
    const smtp = new Lines(this.#t, this.#ports.smtp)
    await smtp.ask(undefined, REPLY)
    const login = Buffer.from(`\0${this.#user}\0${this.#secret}`).toString('base64')
    for (const line of [
      'EHLO desk',
      `AUTH PLAIN ${login}`,
      'MAIL FROM:<alice@example.com>',
      'RCPT TO:<bob@example.com>',
      'DATA',
    ])
      await smtp.ask(line, REPLY)
    return smtp.ask(`${MAIL}.`, REPLY)
  }

  async pop(): Promise<string> {
    const pop = new Lines(this.#t, this.#ports.pop)
    await pop.ask(undefined, READ)
    await pop.ask(`USER ${this.#user}`, READ)
    await pop.ask(`PASS ${this.#secret}`, READ)
    return pop.ask('RETR 1', /^\.\r\n/m)
  }

  async ldap(): Promise<unknown> {
    const client = new Client({ url: `ldap://127.0.0.1:${this.#ports.ldap}` })
    await client.bind(this.#user, this.#secret)
    const found = await client.search('ou=people', { filter: '(cn=bob*)', attributes: ['mail'] })
    await client.unbind()
    return found.searchEntries.map(({ mail }) => mail)
  }

  async dav(method: string, path: string, body?: string) {
    const authorization = Buffer.from(`${this.#user}:${this.#secret}`).toString('base64')
    const response = await fetch(
      `http://127.0.0.1:${this.#ports.caldav}/users/alice@example.com/${path}`,
      {
        method,
        headers: { Authorization: `Basic ${authorization}`, Depth: '1' },
        ...(body !== undefined && { body }),
      },
    )
    return { status: response.status, text: await response.text() }
  }
}

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
  new DavMailUser(t, await startDavMail(t, server.url), 'alice@example.com', server.keys[role])

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
