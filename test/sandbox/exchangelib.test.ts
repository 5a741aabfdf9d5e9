/**
 * exchangelib, the best known EWS client of Python, against the sandbox: test/clients/ has the
 * script.
 */

import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import t from 'tap'
import type { Sandbox } from '../../sandbox/sandbox.ts'
import { PYTHON, withoutExchangelib } from '../clients/python.ts'
import { PASSWORD, startSandbox, USERNAME } from './client.ts'

const SCRIPT = 'test/clients/sandbox_exchangelib.py'

const SEEDED = [
  'Größere Änderungen – 日本語',
  'Lunch on Friday?',
  'Photo',
  'Quarterly report',
  'Welcome',
]

/** Expected result of each step of the script. */
const EXPECTED = {
  detect: { auth: 'basic', build: '15.2.1544.9', count: 5 },
  folders: {
    names: [
      ...['Calendar', 'Contacts', 'Conversation History', 'Deleted Items', 'Drafts', 'Inbox'],
      ...['Journal', 'Junk Email', 'Notes', 'Outbox', 'Sent Items', 'Tasks'],
    ],
    renamed: ['Old projects'],
    left: [],
    archive: ['Deleted Items', 'Inbox', 'Projects'],
  },
  items: {
    subjects: SEEDED,
    page: ['Lunch on Friday?', 'Photo'],
    filtered: ['Quarterly report'],
    recent: 3,
    read: true,
    attachments: ['report.csv'],
    body: '<p>ü &amp; x</p>',
    categories: ['Blue', 'Green'],
    text: 'ü & x\n',
    draft: true,
    drafts: 0,
    trash: 0,
    bob: ['Draft <&> é', ...SEEDED.slice(0, 4), 'Sent at once', 'Welcome'],
    ceo: ['Sent at once'],
  },
  calendar: {
    seeded: ['Review', 'Planning', 'Dentist', 'Holiday'],
    start: true,
    organizer: 'alice@example.com',
    attendees: ['bob@example.com'],
    accepted: 'Accept',
    answer: ['Accepted: Invitation'],
    company: 'Engines',
    availability: ['DetailedMerged'],
  },
  attachments: {
    identical: true,
    late: 'late',
    inner: 'Inner',
    left: ['big.bin', 'inner'],
    mime: Buffer.from(
      'From: x@y.example\r\nTo: bob@example.com\r\nSubject: =?utf-8?Q?M=C3=AFme?=\r\n\r\nHi\r\n',
    ).toString('base64'),
    from: 'x@y.example',
    made: true,
    saved: true,
  },
  export: { identical: true, other: true, body: 'x' },
  sync: {
    items: [
      [
        ['create', 'Accepted: Invitation'],
        ['create', 'Exported'],
        ['create', SEEDED[0]],
        ['create', 'Lunch on Friday?'],
        ['create', 'Photo'],
        ['create', 'Welcome'],
      ],
      [['create', 'New']],
      [['update', 'Newer']],
      [['read_flag_change', null]],
      [['delete', null]],
      [],
    ],
    folders: 12,
    later: [['create', 'Synced']],
  },
  notifications: { pulled: ['CreatedEvent'], streamed: ['CreatedEvent'] },
  identities: { smtp: 6, primary: 6, upn: 6, sid: 6, unknown: 'ErrorNonExistentMailbox' },
  directory: {
    names: ['bob@example.com'],
    dl: ['alice', 'bob', 'carol', 'ceo', 'neutral'].map(name => `${name}@example.com`),
    zones: ['UTC', 'GMT Standard Time'],
    lists: ['rooms@example.com'],
    rooms: ['room1@example.com', 'room2@example.com'],
    oof: 'Enabled',
    delegates: 0,
    rules: 0,
    converted: ['HexEntryId'],
    options: 'UTC',
  },
  foreign: { item: ['ErrorItemNotFound'], folder: 'ErrorFolderNotFound' },
} as const

async function run(sandbox: Sandbox): Promise<Map<string, unknown>> {
  const steps = Object.keys(EXPECTED)
  const { stdout } = await promisify(execFile)(PYTHON, [
    SCRIPT,
    sandbox.url,
    USERNAME,
    PASSWORD,
    ...steps,
  ])
  const lines = stdout.trim().split('\n')
  return new Map(
    lines.map(line => {
      const { step, outcome } = JSON.parse(line) as { step: string; outcome: unknown }
      return [step, outcome] as const
    }),
  )
}

t.test('Sandbox serves exchangelib', { skip: withoutExchangelib }, async t => {
  // A minute of a stream passes in half a second.
  const sandbox = await startSandbox({
    schedule: (action, ms) => {
      const timer = setTimeout(action, ms / 120)
      return () => clearTimeout(timer)
    },
  })
  t.teardown(() => sandbox.close())
  const outcomes = await run(sandbox)
  for (const [step, expected] of Object.entries(EXPECTED))
    t.strictSame(outcomes.get(step), expected, step)
})
