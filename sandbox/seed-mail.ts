/**
 * The initial mail of a mailbox and of its archive.
 *
 * @module
 */

import type { Exchange } from './exchange.ts'
import { addMail, type Mail } from './mail.ts'
import { folderOf, type Mailbox } from './mailbox.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR

/** Sender or recipient of a mail. */
export type Person = Mail['from']

/** Returns the owner of a mailbox as a person. */
export const person = ({ displayName, user }: Mailbox): Person => ({
  name: displayName,
  address: user.primarySmtpAddress,
})

/** Returns one of several people, or a person outside the organization if there are none. */
export const pick = (friends: readonly Person[], index: number): Person =>
  friends[index % friends.length] ?? { name: 'Nobody', address: 'nobody@example.com' }

const PIXEL = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==',
  'base64',
)

const REPORT = Buffer.from(
  Array.from({ length: 400 }, (_, row) => `${row};Quarter ${(row % 4) + 1};${row * 17}\r\n`).join(
    '',
  ),
)

/** Puts mail into the usual folders. */
export function seedMail(exchange: Exchange, mailbox: Mailbox, friends: readonly Person[]) {
  const self = person(mailbox)
  const now = exchange.now()
  const place = (id: string, mail: Omit<Mail, 'at'>, ageMs: number) =>
    addMail(folderOf(mailbox, id), { ...mail, at: now - ageMs })
  const to = [self]
  place(
    'inbox',
    {
      subject: 'Welcome',
      body: `<p>Hello ${self.name}, this is your mailbox.</p>`,
      from: pick(friends, 0),
      to,
      isRead: true,
    },
    9 * DAY,
  )
  place(
    'inbox',
    {
      subject: 'Quarterly report',
      body: '<p>The figures are attached.</p>',
      from: pick(friends, 1),
      to,
      files: [{ name: 'report.csv', contentType: 'text/csv', content: REPORT }],
    },
    3 * DAY,
  )
  place(
    'inbox',
    {
      subject: 'Photo',
      body: '<p>One pixel of it.</p>',
      from: pick(friends, 2),
      to,
      files: [
        { name: 'photo.png', contentType: 'image/png', content: PIXEL },
        {
          name: 'notes.txt',
          contentType: 'text/plain',
          content: Buffer.from('Grüße aus Zürich\n'),
        },
      ],
    },
    2 * DAY,
  )
  place(
    'inbox',
    {
      subject: 'Lunch on Friday?',
      body: '<p>At noon, as usual?</p>',
      from: pick(friends, 0),
      to: [self, pick(friends, 1)],
    },
    5 * HOUR,
  )
  place(
    'inbox',
    {
      subject: 'Größere Änderungen – 日本語',
      body: '<p>Umlauts, dashes and 漢字 &amp; more.</p>',
      from: pick(friends, 1),
      to,
    },
    HOUR,
  )
  place(
    'sentitems',
    {
      subject: 'RE: Welcome',
      body: '<p>Thank you.</p>',
      from: self,
      to: [pick(friends, 0)],
      isRead: true,
    },
    8 * DAY,
  )
  place(
    'drafts',
    {
      subject: 'Unfinished',
      body: '<p>To be continued</p>',
      from: self,
      to: [pick(friends, 1)],
      isRead: true,
    },
    DAY,
  )
  place(
    'deleteditems',
    { subject: 'Old offer', body: '<p>Gone.</p>', from: pick(friends, 2), to, isRead: true },
    20 * DAY,
  )
}

/** Puts old mail into the archive. */
export function seedArchive(exchange: Exchange, mailbox: Mailbox) {
  const root = folderOf(mailbox, 'archivemsgfolderroot')
  const folder = root.store.addFolder(root, 'Projects', 'IPF.Note')
  const self = person(mailbox)
  const mail = { from: self, to: [self], isRead: true, body: '<p>Kept for later.</p>' }
  for (const year of [1, 2, 3])
    addMail(folder, { ...mail, subject: `Archived ${year}`, at: exchange.now() - year * 365 * DAY })
}
