/**
 * Roles of the canaries: one for each profile and each switch of the guard, with all other switches by chance, and what
 * the documentation promises about them.
 *
 * @module
 */

import { userId } from '../../src/model/identity.ts'
import { type FolderClass, PROFILES, type RoleProfile } from '../../src/model/profile.ts'
import {
  DEFAULT_GUARD,
  type ImpersonationRole,
  MAILBOXES,
  type RoleContent,
  type RoleGuard,
  roleId,
  SENDERS,
} from '../../src/model/role.ts'
import type { Validity } from '../../src/model/validity.ts'
import { DENIED, PROTECTED } from './canary-table.ts'
import { AT } from './canary-time.ts'
import { type ProfilePage, readProfilePages } from './oracle/profile-pages.ts'
import type { Random } from './random.ts'
import { ROLE } from './world.ts'

/** Limits of a role below its type and guard. */
export type Limits = Readonly<{
  /** Sentences of the profile's section in docs/profiles.md. Without a profile, there are none. */
  can: ReadonlySet<string> | undefined
  cannot: ReadonlySet<string>
  /** Allowed operations with their classes of folders, undefined for any; undefined: all operations. */
  operations: ProfilePage['operations'] | undefined
  denied: ReadonlySet<string>
}>

/** A role with what the documentation promises about it. */
export type CanaryRole = Readonly<{
  role: ImpersonationRole
  limits: Limits
  isProtected: boolean
  /** Whether the role, the principal, or the access key is outside its period. */
  hasEnded: boolean
  /** Periods of the principal and of the access key. */
  caller: Readonly<{ principal: Validity; key: Validity }>
  /** Whether the caller sends a token, instead of the access key. */
  hasToken: boolean
  /** Name for reports. */
  words: string
}>

type Subject = Readonly<{
  name: string
  type?: 'READ_ONLY'
  profile?: RoleProfile
  guard?: Partial<RoleGuard>
  period?: Validity
  principal?: Validity
  key?: Validity
  /** Whether one of the periods excludes the present. */
  hasEnded?: true
  /** Draft that is attached to the role. */
  draft?: Partial<RoleContent>
  isProtected?: true
  limits: Limits
}>

const NO_LIMITS: Limits = {
  can: undefined,
  cannot: new Set(),
  operations: undefined,
  denied: new Set(),
}
const LISTED = ['GetFolder', 'FindItem', 'UpdateItem']
const UNLISTED = ['GetItem', 'SyncFolderItems', 'Subscribe']
const MINUTE = 60_000

const PAGES = readProfilePages()
const limitsOf = (name: (typeof PROFILES)[number]): Limits => ({
  ...NO_LIMITS,
  ...PAGES.get(name),
})

const switchOf = (name: string, guard: Partial<RoleGuard>): Subject => ({
  name,
  guard,
  limits: NO_LIMITS,
})

const ENDED: Validity = { notAfter: AT }
const LATER: Validity = { notBefore: AT + MINUTE }
const NOW: Validity = { notBefore: AT, notAfter: AT + 1 }
const EVERYONE: ImpersonationRole['rules'] = [{ id: 'everyone', effect: 'ALLOW' }]
const WIDE: RoleGuard = {
  ...DEFAULT_GUARD,
  mailboxes: 'any',
  delegation: true,
  inboxRules: true,
  senders: 'permitted',
}

/** Every profile, every switch of the guard, and other limits. */
export const SUBJECTS: readonly Subject[] = [
  ...PROFILES.map(name => ({ name, profile: { name }, limits: limitsOf(name) })),
  ...MAILBOXES.map(mailboxes => switchOf(`Mailboxes ${mailboxes}`, { mailboxes })),
  switchOf('Delegation false', { delegation: false }),
  switchOf('InboxRules false', { inboxRules: false }),
  switchOf('DirectoryLookups false', { directoryLookups: false }),
  switchOf('Sending false', { sending: false }),
  switchOf('Senders own', { sending: true, senders: 'own' }),
  switchOf('Senders permitted', { sending: true, senders: 'permitted' }),
  switchOf('Senders server', { sending: true, senders: 'server' }),
  { name: 'READ_ONLY', type: 'READ_ONLY', limits: NO_LIMITS },
  {
    name: 'ExtraReads',
    type: 'READ_ONLY',
    guard: { extraReads: ['GetUserConfiguration'] },
    limits: NO_LIMITS,
  },
  { name: 'protected', isProtected: true, limits: NO_LIMITS },
  { name: 'ended', period: ENDED, hasEnded: true, limits: NO_LIMITS },
  { name: 'not begun', period: LATER, hasEnded: true, limits: NO_LIMITS },
  { name: 'principal ended', principal: ENDED, hasEnded: true, limits: NO_LIMITS },
  { name: 'principal not begun', principal: LATER, hasEnded: true, limits: NO_LIMITS },
  { name: 'key ended', key: ENDED, hasEnded: true, limits: NO_LIMITS },
  { name: 'key not begun', key: LATER, hasEnded: true, limits: NO_LIMITS },
  {
    name: 'in all periods',
    period: NOW,
    principal: NOW,
    key: NOW,
    limits: NO_LIMITS,
  },
  {
    name: 'READ_ONLY with a wide draft',
    type: 'READ_ONLY',
    draft: { type: 'FULL_ACCESS', rules: EVERYONE, guard: WIDE },
    limits: NO_LIMITS,
  },
  {
    name: 'mail-read with a wide draft',
    profile: { name: 'mail-read' },
    draft: { rules: EVERYONE, guard: WIDE },
    limits: limitsOf('mail-read'),
  },
  {
    name: 'FULL_ACCESS with a narrow draft',
    draft: { type: 'READ_ONLY', rules: [], profile: { name: 'calendar-read' } },
    limits: NO_LIMITS,
  },
  {
    name: 'FULL_ACCESS with a draft of a profile',
    draft: { profile: { name: 'calendar-write' } },
    limits: NO_LIMITS,
  },
  {
    name: 'allowed operations',
    profile: { allowedOperations: LISTED },
    limits: { ...NO_LIMITS, operations: new Map(LISTED.map(name => [name, undefined])) },
  },
  {
    name: 'denied operations',
    profile: { name: 'mail-read', deniedOperations: UNLISTED },
    // The sentences about what the profile can do include the denied operations.
    limits: { ...limitsOf('mail-read'), can: new Set(), denied: new Set(UNLISTED) },
  },
]

const idOf = (address: string) => userId(`id-of-${address.slice(0, address.indexOf('@'))}`)
/** Everyone may be impersonated, except one user, by a rule that has begun, and by one that has ended in vain. */
const RULES: ImpersonationRole['rules'] = [
  { id: 'everyone', effect: 'ALLOW' },
  { id: 'never', effect: 'DENY', targetUsers: [idOf(DENIED)], notBefore: AT },
  { id: 'again', effect: 'ALLOW', targetUsers: [idOf(DENIED)], notAfter: AT },
]

/** ID of the user whose mailbox can be protected. */
export const PROTECTED_ID = idOf(PROTECTED)

/** Returns a role for a subject, whose other switches are by chance. */
export function roleFor(subject: Subject, random: Random): CanaryRole {
  const guard: RoleGuard = { ...guardBy(random), ...subject.guard }
  const isProtected = subject.isProtected ?? random.once(3)
  const { name, type = 'FULL_ACCESS', profile, period, hasEnded = false, limits, draft } = subject
  const { principal = {}, key = {} } = subject
  const content: RoleContent = { type, guard, rules: RULES, ...(profile && { profile }) }
  return {
    limits,
    isProtected,
    hasEnded,
    caller: { principal, key },
    hasToken: random.once(2),
    words: `${name} (${guardWords(guard)}${isProtected ? ', protected' : ''})`,
    role: {
      ...ROLE,
      id: roleId('canary'),
      ...content,
      ...period,
      ...(draft && { shadow: { ...SHADOW, ...content, ...draft } }),
    },
  }
}

const SHADOW = {
  version: 1,
  base: '',
  attachedAt: 0,
  attachedBy: { id: 'someone', name: 'someone' },
}

const guardBy = (random: Random): RoleGuard => ({
  ...DEFAULT_GUARD,
  mailboxes: random.pick(MAILBOXES),
  delegation: random.once(2),
  inboxRules: random.once(2),
  directoryLookups: !random.once(4),
  sending: !random.once(4),
  senders: random.pick(SENDERS),
})

const guardWords = ({ extraReads: _, ...guard }: RoleGuard) =>
  Object.entries(guard)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ')

/** Returns the classes of folders in which a role can use an operation; undefined: any; empty: none, as it can't. */
export function classesOf(limits: Limits, operation: string): readonly FolderClass[] | undefined {
  if (limits.denied.has(operation)) return []
  if (limits.operations === undefined) return undefined
  return limits.operations.has(operation) ? limits.operations.get(operation) : []
}

/** Whether a role is limited to classes of folders. */
export const hasClasses = ({ operations }: Limits): boolean =>
  [...(operations?.values() ?? [])].some(classes => classes !== undefined)

/** Whether a role can use an operation at all. */
export const allows = ({ operations, denied }: Limits, operation: string): boolean =>
  !denied.has(operation) && operations?.has(operation) !== false
