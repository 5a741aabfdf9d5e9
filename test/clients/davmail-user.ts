/**
 * A user of DavMail, with a program for each protocol.
 *
 * @module
 */

import { Client } from 'ldapts'
import type { Test } from 'tap'
import { Imap, Lines, type Ports } from './davmail.ts'

export const MAIL =
  'From: alice@example.com\r\nTo: bob@example.com\r\nSubject: By DavMail\r\n\r\nHello\r\n'
export const EVENT =
  'BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:test\r\nBEGIN:VEVENT\r\nUID:made\r\nDTSTAMP:20261127T100000Z\r\n' +
  'DTSTART:20261128T100000Z\r\nDTEND:20261128T110000Z\r\nSUMMARY:By DavMail\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n'
export const MEETING = EVENT.replaceAll('made', 'meeting').replace(
  'SUMMARY',
  'ORGANIZER:mailto:alice@example.com\r\nATTENDEE;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:bob@example.com\r\nSUMMARY',
)
export const CARD =
  'BEGIN:VCARD\r\nVERSION:3.0\r\nUID:made\r\nN:Doe;Jane\r\nFN:Jane Doe\r\nEND:VCARD\r\n'
export const EVENTS =
  '<C:calendar-query xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><D:prop><C:calendar-data/></D:prop>' +
  '<C:filter><C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT"/></C:comp-filter></C:filter></C:calendar-query>'
export const CARDS =
  '<C:addressbook-query xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:carddav"><D:prop><C:address-data/></D:prop>' +
  '</C:addressbook-query>'
const READ = /^(\+OK.*|-ERR.*)\r\n/m
const REPLY = /^\d{3} .*\r\n/m

/** A user of DavMail who has each protocol's program. */
export class DavMailUser {
  readonly #t: Test
  readonly #ports: Ports
  readonly #user: string
  readonly #secret: string

  constructor(t: Test, ports: Ports, user: string, secret: string) {
    this.#t = t
    this.#ports = ports
    this.#user = user
    this.#secret = secret
  }

  /** Logs in by IMAP, and returns the answer. */
  login(): Promise<string> {
    return new Imap(this.#t, this.#ports.imap).login(this.#user, this.#secret)
  }

  /** DavMail closes a connection on which a request was denied. */
  async imap(): Promise<Imap> {
    const { imap } = await this.open()
    return imap
  }

  /** Opens the inbox, and also returns the answer. */
  async open(): Promise<Readonly<{ imap: Imap; opened: string }>> {
    const imap = new Imap(this.#t, this.#ports.imap)
    await imap.login(this.#user, this.#secret)
    return { imap, opened: await imap.ask('SELECT INBOX') }
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
