/**
 * The tables of what clients can do under each profile, made from fixtures/surface.json.
 *
 * @module
 */

import { readFileSync } from 'node:fs'
import { PROFILES } from '../../src/model/profile.ts'

/** How the steps of a client end before a server: directly, and in roles where they end in another way. */
export type ServerSurface = Readonly<{
  /** Names of errors, by step. */
  directly: Readonly<Record<string, string>>
  /** Roles, separated by spaces, by step and by what differs: denied operations, an error, or `fewer` results. */
  differences: Readonly<Record<string, Readonly<Record<string, string>>>>
}>

export const CLIENT_NAMES = ['exchangelib', 'evolution', 'davmail', 'thunderbird'] as const
export type ClientName = (typeof CLIENT_NAMES)[number]

export type Surface = Readonly<Record<ClientName, ClientSurface>>

export type ClientSurface = Readonly<{
  /** Class of folders that a step needs, or what else it does. */
  steps: Readonly<Record<string, string>>
  exchange: ServerSurface
  grommunio: ServerSurface
}>

/** Returns the file with a surface. */
export const writeSurface = (surface: Surface): string => `${JSON.stringify(surface, null, 2)}\n`

export const readSurface = (): Surface =>
  JSON.parse(readFileSync(new URL('../../fixtures/surface.json', import.meta.url), 'utf8'))

const INVITATION =
  'The invitation is in the inbox, which is a folder of mail. With `no-delete`: servers delete it after the response.'

/** Reasons for differences that neither the operations nor the classes of folders of a profile explain. */
export const NOTES: Readonly<Record<string, string>> = {
  'send a mail as another person':
    'The guard decides who can be the sender: [Senders](guard.md#who-sends).',
  'create an inbox rule': 'The guard needs the switch `InboxRules`.',
  'read the inbox of another user by its ID':
    "The guard's [Mailboxes](guard.md#mailboxes) is `own`.",
  'read mail tips':
    "exchangelib leaves the impersonation header out, but names the user as the sender, which the neutral mailbox can't do.",
  'read a user configuration':
    'With READ_ONLY, the guard needs `GetUserConfiguration` in `ExtraReads`.',
  'get pushed notifications': 'Push subscriptions are always denied.',
  'resolve a name':
    'exchangelib also searches contacts, unless the script sets `search_scope="ActiveDirectory"`.',
  'save a reply as a draft':
    'With `import-only`: a reply refers to an item that exists, and can change or copy it.',
  'cancel a meeting': 'With `no-delete`: servers delete the meeting.',
  'accept an invitation': INVITATION,
  'accept an invitation tentatively': INVITATION,
  'decline an invitation': INVITATION,
}

const ROLES = ['FULL_ACCESS', 'READ_ONLY', ...PROFILES] as const

/** Returns what differs for a step in a role; undefined if nothing does. */
export const differenceIn = (
  { differences }: ServerSurface,
  step: string,
  role: string,
): string | undefined =>
  Object.entries(differences[step] ?? {}).find(([, roles]) => roles.split(' ').includes(role))?.[0]

const row = (...cells: readonly string[]): string => `| ${cells.join(' | ')} |\n`

const cell = (difference: string | undefined): string => {
  if (difference === undefined) return 'yes'
  return difference === 'fewer' ? 'fewer' : 'no'
}

/** Returns the sections of the page of profiles. */
export function surfaceSections(): string {
  const surface = readSurface()
  const notes = [...Map.groupBy(Object.keys(NOTES), step => NOTES[step])].map(
    ([note, about]) => `- ${about.join(', ')}: ${note}\n`,
  )
  return (
    `## What exchangelib can do\n\n${ABOUT}\n${tables(surface.exchangelib)}\n${REASONS}\n${notes.join('')}\n` +
    DESKTOP.map(client => desktopSection(client, surface[client])).join('\n')
  )
}

function tables({ steps, exchange, grommunio }: ClientSurface): string {
  const cells = (server: ServerSurface, step: string) =>
    ROLES.map(role => cell(differenceIn(server, step, role)))
  const names = Object.keys(steps).filter(step => exchange.directly[step] === undefined)
  const rows = names.map(step => row(step, ...cells(exchange, step)))
  const others = names
    .filter(step => grommunio.directly[step] === undefined)
    .filter(step => cells(exchange, step).join() !== cells(grommunio, step).join())
    .map(step => row(step, ...cells(grommunio, step)))
  const header = row('step', ...ROLES) + row('---', ...ROLES.map(() => '---'))
  const atGrommunio = others.length > 0 ? `\n${AT_GROMMUNIO}\n${header}${others.join('')}` : ''
  return `${header}${rows.join('')}${atGrommunio}`
}

const ABOUT = `The table says whether a step of [exchangelib](clients.md#exchangelib) works in a role as it does without the gateway: \`yes\`, \`no\` (it is
denied), or \`fewer\` (what is outside of the profile is left out). All roles have the strict [guard](guard.md). Those with a profile have the type
\`FULL_ACCESS\`. A test compares the table with real runs.
`
/** Clients that people install on their computers. */
export const DESKTOP = ['evolution', 'davmail', 'thunderbird'] as const

/** Reason for steps of a client that end in another way although their operation and folder are in the profile. */
export type Explanation = Readonly<{
  text: string
  /** Roles, and what they can't do then; none: everything. */
  roles: readonly string[]
  steps?: readonly string[]
}>

/** Profiles that are limited to classes of folders without mail, and those with mail. */
const WITHOUT_MAIL = ['calendar-read', 'calendar-write', 'contacts-sync', 'tasks', 'room-panel']
const WITH_MAIL = ['mail-read', 'mail-draft']

const DESK = ['events', 'contacts', 'tasks', 'notes'].map(words => `read ${words}`)

export const EXPLANATIONS: Readonly<Record<(typeof DESKTOP)[number], readonly Explanation[]>> = {
  evolution: [
    {
      roles: ['no-delete'],
      steps: ['move a mail', 'change a contact', 'change a meeting'],
      text: `It names folders by IDs, so under \`no-delete\` it can't move mail, and can't change what it sends: meetings and contacts.`,
    },
    {
      roles: ['no-delete'],
      steps: ['flag a mail'],
      text: 'Under `no-delete`, it deletes marked mail again with each change.',
    },
    {
      roles: WITHOUT_MAIL,
      steps: DESK,
      text: `Before it opens a calendar, contacts, tasks, or notes, it asks for the inbox. A profile without mail denies that, so it opens none of them, not
  even those in the profile. With a profile for mail, they are outside of it.`,
    },
    {
      roles: ['no-send'],
      steps: ['change a contact'],
      text: `It changes contacts by a request that also sends, as if they were messages. A profile that sends nothing denies that.`,
    },
    {
      roles: ['import-only'],
      text: `With \`import-only\`, it can't open a folder, because it reads what is in it.`,
    },
  ],
  davmail: [
    {
      roles: [...WITHOUT_MAIL, ...WITH_MAIL],
      text: `When its user signs in, it asks for the inbox, the calendar, the contacts, and other folders, each in a request of its own. A profile without one of
  them denies that, so its user can't sign in.`,
    },
    {
      roles: ['import-only'],
      text: `It lists items before it does anything else in a folder, which \`import-only\` doesn't allow.`,
    },
    {
      roles: ['READ_ONLY', 'export-only', 'agent'],
      steps: ['save an event', 'change an event', 'invite to a meeting', 'change a meeting'],
      text: `Before it saves or changes an event, it reads a user configuration, which READ_ONLY, \`export-only\`, and \`agent\` deny.`,
    },
    {
      roles: ['no-send'],
      steps: ['delete an event', 'delete a contact'],
      text: `It deletes events and contacts by a request that sends cancellations. \`no-send\` denies that.`,
    },
    {
      roles: [],
      text: `grommunio doesn't tell it the address of its user. So it takes meetings for those of others there, and invites no attendees.`,
    },
  ],
  thunderbird: [
    {
      roles: [...WITHOUT_MAIL, ...WITH_MAIL, 'agent'],
      text: `It asks for all folders of a mailbox, and shows none of them if one is left out. So it can't be used with a profile that is limited to classes of
  folders.`,
    },
    {
      roles: ['import-only'],
      text: `With \`import-only\`, it can't list mail. It can't use what it can't list.`,
    },
    {
      roles: ['no-send'],
      steps: ['mark a mail as read'],
      text: "With `no-send`, it can't mark mail as read, because servers then send the read receipts that senders have asked for.",
    },
    {
      roles: ['no-delete'],
      steps: ['move a mail'],
      text: `It names folders by IDs, so under \`no-delete\` it can't move mail.`,
    },
  ],
}

/** Beginnings of the sections of desktop clients. */
const ABOUT_DESKTOP = {
  evolution: [
    'What Evolution can do',
    `The same for [Evolution](clients.md). It lists the folders of a profile only. Each step with mail follows the one before: a folder
that it can't create is not there to be deleted. What it can't open, it can't change.
`,
  ],
  davmail: [
    'What DavMail can do',
    `The same for programs that use [DavMail](clients.md#davmail). Directly, DavMail can't use grommunio, because it ignores responses whose
Content-Type has no charset. There, the table compares with FULL_ACCESS.
`,
  ],
  thunderbird: [
    'What Thunderbird can do',
    `The same for an Exchange account of [Thunderbird](clients.md), which has mail only.
`,
  ],
} as const

function desktopSection(client: (typeof DESKTOP)[number], surface: ClientSurface): string {
  const [title, about] = ABOUT_DESKTOP[client]
  const list = EXPLANATIONS[client].map(({ text }) => `- ${text}\n`)
  return `## ${title}\n\n${about}\n${list.join('')}\n${tables(surface)}`
}

const AT_GROMMUNIO = `At grommunio, these steps end in another way:
`
const REASONS = `Most steps are denied because the profile doesn't have their operation, or not in their folders. The others:
`
