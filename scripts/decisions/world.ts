/**
 * Users, roles, access control rules, and operations of the frozen table, by plain names.
 *
 * @module
 */

import type {
  AccessRule,
  Guard,
  Person as Known,
  Lock,
  Rule,
  Target,
  Role as Whole,
} from './terms.ts'

/** A user, with a name in settings of the ID. */
export type Person = Omit<Known, 'id'> & Readonly<{ name: string }>

/** A role, by its name in the table, with the switches of its guard that are not the default. */
export type Role = Pick<Whole, 'type' | 'rules'> & Readonly<{ guard?: Partial<Guard>; lock?: Lock }>

const person = (name: string, number: number, aliases: readonly string[] = []): Person => ({
  name,
  primarySmtpAddress: `${name}@example.com`,
  aliases,
  principalName: `${name}@corp.example.com`,
  sid: `S-1-5-21-1004336348-1177238915-682003330-${number}`,
})

/** The last two are reserved accounts. */
export const USERS: readonly Person[] = [
  person('alice', 1101, ['al@example.com']),
  person('bob', 1102),
  person('carol', 1103),
  person('ceo', 1104, ['boss@example.com']),
  { ...person('dave', 1105), enabled: false },
  { name: 'neutral', primarySmtpAddress: 'neutral@example.com', aliases: [] },
  { name: 'service', primarySmtpAddress: 'svc-gateway@example.com', aliases: ['svc@example.com'] },
]

const everyone: Rule = { id: 'everyone', effect: 'ALLOW' }
const notCeo: Rule = { id: 'not-ceo', effect: 'DENY', targetUsers: ['ceo'] }
const full = (...rules: readonly Rule[]): Role => ({ type: 'FULL_ACCESS', rules })
const readOnly = (...rules: readonly Rule[]): Role => ({ type: 'READ_ONLY', rules })

export const ROLES: Readonly<Record<string, Role>> = {
  all: full(everyone),
  'all-but-ceo': full(everyone, notCeo),
  'only-alice': full({ id: 'alice', effect: 'ALLOW', targetUsers: ['alice'] }),
  'all-but-two': full({ id: 'rest', effect: 'ALLOW', notTargetUsers: ['bob', 'carol'] }),
  'both-conditions': full({
    id: 'both',
    effect: 'ALLOW',
    targetUsers: ['alice', 'bob'],
    notTargetUsers: ['bob'],
  }),
  'no-rules': full(),
  'deny-only': full({ id: 'not-alice', effect: 'DENY', targetUsers: ['alice'] }),
  'deny-the-rest': full(everyone, { id: 'rest', effect: 'DENY', notTargetUsers: ['alice'] }),
  'deny-all': full(everyone, { id: 'nobody', effect: 'DENY' }, notCeo),
  'two-allow': full(everyone, {
    id: 'some',
    effect: 'ALLOW',
    targetUsers: ['alice', 'ceo', 'dave'],
  }),
  'read-all': readOnly(everyone),
  'read-all-but-ceo': readOnly(notCeo, everyone),
  'read-extra': {
    ...readOnly(everyone),
    guard: { directoryLookups: true, extraReads: ['GetImItems', 'GetUserConfiguration'] },
  },
  'no-lookups': { ...full(everyone), guard: { directoryLookups: false, extraReads: [] } },
  'read-no-lookups': {
    ...readOnly(everyone),
    guard: { directoryLookups: false, extraReads: ['GetImItemList'] },
  },
  locked: { ...full(everyone), lock: { message: 'Closed' } },
  'locked-until': { ...full(everyone), lock: { expires: '2100-01-01T00:00:00Z' } },
  'lock-over': { ...full(everyone), lock: { message: 'Over', expires: '2000-01-01T00:00:00Z' } },
}

const allow = (name: string, more: Partial<AccessRule> = {}): AccessRule => ({
  name,
  effect: 'ALLOW',
  ...more,
})
const deny = (name: string, more: Partial<AccessRule> = {}): AccessRule => ({
  name,
  effect: 'DENY',
  ...more,
})
const office = ['192.0.2.0/24', '2001:db8::/48']

/** Each in the order of its names. */
export const ACCESS_CONTROL: Readonly<Record<string, readonly AccessRule[]>> = {
  open: [allow('Default')],
  closed: [],
  office: [allow('office', { ipRanges: office })],
  'not-office': [allow('all'), deny('office', { ipRanges: office })],
  'outside-one': [allow('outside', { notIpRanges: ['198.51.100.0/24'] })],
  'one-address': [allow('one', { ipRanges: ['192.0.2.7/32'] })],
  'only-alice': [allow('alice', { userIds: ['alice'] })],
  'not-alice': [allow('all'), deny('alice', { userIds: ['alice'] })],
  'all-but-bob': [allow('rest', { notUserIds: ['bob'] })],
  'not-the-rest': [allow('all'), deny('rest', { notUserIds: ['alice', 'bob'] })],
  'some-roles': [allow('roles', { impersonationRoleIds: ['all', 'read-all', 'locked'] })],
  'not-some-roles': [allow('all'), deny('roles', { notImpersonationRoleIds: ['all', 'read-all'] })],
  imap: [allow('imap', { actions: ['IMAP', 'SMTP'] })],
  'not-ews': [allow('all'), deny('ews', { actions: ['EWS'] })],
  'not-imap': [
    allow('rest', { notActions: ['IMAP'] }),
    deny('web', { notActions: ['EWS', 'IMAP'] }),
  ],
  many: [
    allow('a-office-alice', { ipRanges: office, userIds: ['alice'], actions: ['EWS'] }),
    allow('b-anywhere-ceo', { userIds: ['ceo'] }),
    allow('c-role-all', { impersonationRoleIds: ['all'] }),
    deny('d-not-from-there', { ipRanges: ['198.51.100.9/32'], notUserIds: ['ceo'] }),
  ],
}

/** Operation elements of the table. */
export const OPERATIONS = [
  'GetItem',
  'FindItem',
  'GetFolder',
  'SyncFolderItems',
  'GetAttachment',
  'GetUserOofSettingsRequest',
  'ConvertId',
  'GetServerTimeZones',
  'ResolveNames',
  'ExpandDL',
  'GetRooms',
  'GetUserAvailabilityRequest',
  'FindPeople',
  'GetImItems',
  'GetImItemList',
  'GetUserConfiguration',
  'CreateItem',
  'UpdateItem',
  'DeleteItem',
  'MoveItem',
  'SendItem',
  'CreateFolder',
  'SetUserOofSettingsRequest',
  'AddDelegate',
  'UpdateInboxRules',
  'GetClientAccessToken',
  'InstallApp',
  'PerformReminderAction',
]

/** Elements that are no operations, although they look like one. */
export const NO_OPERATIONS = ['GetEverything', 'getItem', 'toString', 'CreateItems']

const smtp = (value: string): Target => ({ kind: 'SmtpAddress', value })
const primary = (value: string): Target => ({ kind: 'PrimarySmtpAddress', value })

export const TARGETS: readonly Target[] = [
  primary('alice@example.com'),
  smtp('ALICE@Example.COM'),
  { kind: 'PrincipalName', value: 'alice@corp.example.com' },
  { kind: 'SID', value: 'S-1-5-21-1004336348-1177238915-682003330-1101' },
  primary('bob@example.com'),
  smtp('carol@example.com'),
  smtp('boss@example.com'),
  { kind: 'PrincipalName', value: 'CEO@corp.example.com' },
  primary('dave@example.com'),
  primary('neutral@example.com'),
  smtp('svc@example.com'),
  primary('nobody@example.com'),
  { kind: 'SID', value: 'S-1-5-21-1004336348-1177238915-682003330-9999' },
  null,
]

export const ADDRESSES = [
  '192.0.2.7',
  '198.51.100.9',
  '::ffff:192.0.2.9',
  '2001:db8::5',
  '2001:db8:1::5',
]
