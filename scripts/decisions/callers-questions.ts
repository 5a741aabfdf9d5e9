/**
 * Questions in the second world of the frozen table: a few for each dimension.
 *
 * @module
 */

import { CALLERS, GROUP_ROLES, GUARD_ROLES, LOCKED_ROLES, TIMED_ROLES } from './callers-world.ts'
import type { Body, Question, Target } from './terms.ts'

const HOME = '192.0.2.7'
const ALICE: Target = { kind: 'PrimarySmtpAddress', value: 'alice@example.com' }
const smtp = (value: string): Target => ({ kind: 'SmtpAddress', value })

const ask = (question: Partial<Question>): Question => ({
  caller: 'anyone',
  role: 'all',
  target: ALICE,
  operation: 'GetItem',
  from: HOME,
  secure: false,
  ...question,
})

/** Every policy: with a role in the user name or without, from everywhere. */
const ofCallers = CALLERS.flatMap(caller => [
  ...['all', 'all-read'].flatMap(role =>
    ['192.0.2.7', '198.51.100.9', '2001:db8::5'].map((from, n) =>
      ask({ caller, role, from, secure: n % 2 === 0 }),
    ),
  ),
  withoutRole({ caller }),
])

function withoutRole(question: Partial<Question>): Question {
  const { role: _, ...rest } = ask(question)
  return rest
}

const ofReferences = ['all', 'Role all', 'ROLE ALL', 'Role staff', 'ALL', 'no-such-role'].map(
  role => ask({ role }),
)

const ofGroups = GROUP_ROLES.flatMap(({ id: role }) =>
  ['alice', 'bob', 'carol', 'ceo', 'erin', 'nobody'].map(name =>
    ask({ role, target: smtp(`${name}@example.com`) }),
  ),
)

/** Mailboxes of user names, with and without a header. */
const ofMailboxes = [
  'alice@example.com',
  'AL@example.com',
  'bob@example.com',
  'nobody@example.com',
  'dave@example.com',
  'svc@example.com',
  'alice@corp.example.com',
].flatMap(mailbox => [
  ask({ mailbox }),
  ask({ mailbox, target: { kind: 'PrincipalName', value: 'alice@corp.example.com' } }),
  ask({ mailbox, target: smtp('nobody@example.com') }),
  ask({ mailbox, target: null }),
  ask({ mailbox, target: null, operation: 'ResolveNames' }),
])

const BODIES: readonly (readonly [string, Body])[] = [
  ...[
    'al@example.com',
    'bob@example.com',
    'ceo@example.com',
    'dave@example.com',
    'nobody@example.com',
    'svc@example.com',
  ].map(mailbox => ['GetFolder', { kind: 'folder', mailbox }] as const),
  ...['al@example.com', 'bob@example.com', 'ceo@example.com', 'nobody@example.com'].map(
    mailbox => ['GetUserAvailabilityRequest', { kind: 'availability', mailbox }] as const,
  ),
  ...['guest@partner.example', 'guest@sub.example.com', 'svc@example.com'].map(
    mailbox => ['GetUserAvailabilityRequest', { kind: 'availability', mailbox }] as const,
  ),
  ['UpdateFolder', { kind: 'grant' }],
  ['Subscribe', { kind: 'push' }],
  ['CreateItem', { kind: 'save', sender: 'bob@example.com' }],
  ['CreateItem', { kind: 'send', sender: 'AL@example.com' }],
  ...['bob', 'ceo', 'dave', 'nobody', 'svc'].map(
    name => ['CreateItem', { kind: 'send', sender: `${name}@example.com` }] as const,
  ),
]

const ofBodies = GUARD_ROLES.flatMap(({ id: role }) =>
  BODIES.map(([operation, body]) => ask({ role, operation, body })),
)

/** At least one of every class, and those that a switch of the guard allows or denies. */
const OPERATIONS = [
  'GetItem',
  'GetReminders',
  'FindTags',
  'GetImItems',
  'GetAppManifests',
  'GetUserConfiguration',
  'GetEvents',
  'StartSearchSession',
  'ChannelSubscribe',
  'UpdateItem',
  'LikeItem',
  'SendItem',
  'PlayOnPhone',
  'SetUserOofSettingsRequest',
  'PostModernGroupItem',
  'AddDelegate',
  'CreateSharingInvitation',
  'UpdateInboxRules',
  'GetClientAccessToken',
  'GetUMPin',
  'InstallApp',
  'SearchMailboxes',
  'ResolveNames',
  'GetUserPhoto',
  'GetUserAvailabilityRequest',
  'toString',
]

const ofOperations = GUARD_ROLES.flatMap(({ id: role }) =>
  OPERATIONS.map(operation => ask({ role, operation })),
)

const ofLocks = LOCKED_ROLES.map(({ id: role }) => ask({ role }))

const ofTimes = TIMED_ROLES.flatMap(({ id: role }) => [
  ...['alice', 'bob', 'carol'].map(name => ask({ role, target: smtp(`${name}@example.com`) })),
  ask({ role, target: null, operation: 'ResolveNames' }),
])

export const QUESTIONS: readonly Question[] = [
  ...new Map(
    [
      ...ofCallers,
      ...ofReferences,
      ...ofTimes,
      ...ofGroups,
      ...ofMailboxes,
      ...ofBodies,
      ...ofOperations,
      ...ofLocks,
    ].map(question => [JSON.stringify(question), question]),
  ).values(),
]
