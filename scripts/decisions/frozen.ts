/**
 * The frozen table as worlds and questions of the naive model.
 *
 * @module
 */

import type { AccessRule, Answer, Guard, Question, Target, World } from './terms.ts'
import type { Person, Role } from './world.ts'

/** A row about a caller who can assume every role. Lists of access control rules have names. */
export type Row = Readonly<{
  role: string
  accessControl: string
  target: Target
  operation: string
  from: string
}> &
  Pick<Answer, 'verdict' | 'reason' | 'matchedRules'>

/** The content of `fixtures/decisions/decisions.json`. */
export type Table = Readonly<{
  users: readonly Person[]
  roles: Readonly<Record<string, Role>>
  accessControl: Readonly<Record<string, readonly AccessRule[]>>
  rows: readonly Row[]
  /** Questions that depend on the caller, on groups, or on the body, in a world of their own. */
  callers: Readonly<{ world: World; rows: readonly (Question & Answer)[] }>
}>

export const ORGANIZATION = {
  organizationId: 'm-0123456789abcdef0123456789abcdef',
  serviceAddresses: ['svc-gateway@example.com', 'svc@example.com'],
  neutralMailbox: 'neutral@example.com',
  acceptedDomains: ['example.com'],
} as const satisfies Partial<World>

/** The guard of a role that has no other. */
export const STRICT: Guard = {
  mailboxes: 'own',
  delegation: false,
  inboxRules: false,
  directoryLookups: true,
  sending: true,
  senders: 'own',
  extraReads: [],
}

export const ASSUME = 'workmail:AssumeImpersonationRole'
const ANYONE = 'anyone'

/** The world in which one list of access control rules is in force. Names serve as IDs. */
export const worldOf = (
  { users, roles, accessControl }: Pick<Table, 'users' | 'roles' | 'accessControl'>,
  list: string,
): World => ({
  ...ORGANIZATION,
  users: users.map(({ name, ...user }) => ({ id: name, ...user })),
  groups: [],
  roles: Object.entries(roles).map(([id, { guard, ...role }]) => ({
    id,
    name: id,
    ...role,
    guard: { ...STRICT, ...guard },
  })),
  accessControl: accessControl[list] ?? [],
  principals: [
    { id: ANYONE, statements: [{ Effect: 'Allow', Action: [ASSUME], Resource: ['*'] }] },
  ],
})

export const questionOf = ({
  role,
  target,
  operation,
  from,
}: Pick<Row, 'role' | 'target' | 'operation' | 'from'>): Question => ({
  caller: ANYONE,
  role,
  target,
  operation,
  from,
  secure: false,
})
