/**
 * Stored values that this version doesn't understand: each makes the role, the list, or the principal that has it deny.
 * The values are changed in the file of a store, which a decision then reads.
 */

import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import t from 'tap'
import { SnapshotData } from '../../src/control/policy-snapshot.ts'
import { authorize } from '../../src/decision/authorize.ts'
import type { AuthorizationRequest } from '../../src/decision/decision.ts'
import { loadAndDecide } from '../../src/decision/load.ts'
import { NO_FACTS } from '../../src/ews/reader.ts'
import type { Decision, Reason } from '../../src/model/decision.ts'
import { proofOf, subjectReference } from '../../src/model/external-identity.ts'
import { ASSUME_ROLE } from '../../src/model/iam.ts'
import { byAddress, groupId, userId } from '../../src/model/identity.ts'
import { DEFAULT_GUARD, type RoleDraft, roleId } from '../../src/model/role.ts'
import { openSqlite } from '../../src/store/sqlite.ts'
import { damagesOf } from '../kit/damage.ts'
import { lendFolder } from '../kit/services/lend.ts'
import { writeNewStore } from '../kit/store-file.ts'
import { AT, CREDENTIAL, GET_FOLDER, ORGANIZATION, ROLE } from './data.ts'

const ann = userId('u-ann')
const eve = userId('u-eve')
const [staff, board, all] = [groupId('g-staff'), groupId('g-board'), groupId('g-all')]
const FAR = 4_000_000_000_000
const organization = ORGANIZATION.id
const principal = CREDENTIAL.principal.id
const ACCOUNT = { kind: 'directory-account', sid: 'S-1-5-21-1-2-3-4', names: ['a@b'] } as const
const SUBJECT = { kind: 'token-subject', issuer: 'https://i', claim: 'sub', subject: 's' } as const

const role: RoleDraft = {
  id: ROLE.id,
  organizationId: organization,
  name: 'Role',
  type: 'FULL_ACCESS',
  rules: [
    {
      id: 'some',
      effect: 'ALLOW',
      name: 'Some',
      description: 'Some users',
      targetUsers: [ann],
      notTargetUsers: [eve],
      targetGroups: [staff],
      notTargetGroups: [board],
      notBefore: 1,
      notAfter: FAR,
      temporary: true,
    },
    { id: 'not-eve', effect: 'DENY', targetUsers: [eve] },
  ],
  guard: {
    ...DEFAULT_GUARD,
    mailboxes: 'permitted',
    sending: false,
    extraReads: ['GetImItems'],
  },
  profile: {
    name: 'no-send',
    allowedOperations: ['GetFolder', 'GetEvents'],
    deniedOperations: ['SendItem'],
  },
  lock: { message: 'Closed', expiresAt: 1, lockedAt: 1, lockedBy: { id: 'p', name: 'Admin' } },
  notBefore: 1,
  notAfter: FAR,
}
const shadow = {
  type: 'READ_ONLY',
  rules: [{ id: 'all', effect: 'ALLOW' }],
  guard: DEFAULT_GUARD,
  profile: { name: 'mail-read' },
  base: 'b',
  attachedAt: 1,
  attachedBy: { id: 'p', name: 'Admin' },
} as const
const subscription = {
  organizationId: organization,
  idHash: 's',
  userId: ann,
  others: [ann],
  folderClasses: ['mail'],
  roleId: role.id,
  principalId: principal,
  lifeMs: 1_000,
  expiresAt: FAR,
} as const
const condition = { StringEquals: { 'workmail:ImpersonationRoleId': [role.id] } }
const elsewhere = { IpAddress: { 'aws:SourceIp': ['198.51.100.0/24'] } }
const statement = { Action: [ASSUME_ROLE], Resource: ['*'] }

const byKey: AuthorizationRequest<'EWS'> = {
  ...GET_FOLDER,
  caller: {
    kind: 'key',
    keyId: CREDENTIAL.key.id,
    secretHash: CREDENTIAL.key.secretHash,
    roleReference: role.id,
  },
}
const bySubject: AuthorizationRequest<'EWS'> = {
  ...byKey,
  caller: {
    kind: 'identity',
    reference: subjectReference(SUBJECT.issuer, SUBJECT.claim, SUBJECT.subject),
    identity: proofOf(SUBJECT),
    expiresAt: FAR,
    roleReference: role.id,
  },
}
const watching: AuthorizationRequest<'EWS'> = {
  ...byKey,
  requestElement: 'GetEvents',
  body: { ...NO_FACTS, subscriptions: [subscription.idHash] },
}
const forEve: AuthorizationRequest<'EWS'> = {
  ...byKey,
  connectingSid: byAddress('eve@example.com'),
}

/** A store as a file, with everything that a decision can read. */
async function openWorld(t: Parameters<typeof lendFolder>[0]) {
  const file = join(lendFolder(t), 'gateway.db')
  await writeNewStore(file)
  const store = await openSqlite(file)
  const person = (id: typeof ann, name: string) => ({
    id,
    primarySmtpAddress: `${name}@example.com`,
    aliases: [`${name}.alias@example.com`],
  })
  await store.putUser(organization, person(ann, 'ann'))
  await store.putUser(organization, person(eve, 'eve'))
  await store.putGroup(organization, { id: staff, name: 'Staff', users: [ann], groups: [] })
  await store.putGroup(organization, { id: all, name: 'All', users: [], groups: [staff] })
  await store.putRole(role)
  await store.putShadow(organization, role.id, shadow)
  const rule = { description: '', actions: ['EWS'], notActions: ['IMAP'] } as const
  await store.deleteAccessControlRule(organization, 'Default')
  await store.putAccessControlRule(organization, {
    ...rule,
    name: 'allow',
    effect: 'ALLOW',
    ipRanges: ['192.0.2.0/24'],
    notIpRanges: ['192.0.2.9/32'],
    userIds: [ann],
    notUserIds: [eve],
    impersonationRoleIds: [role.id],
    notImpersonationRoleIds: [roleId('other')],
  })
  await store.putAccessControlRule(organization, {
    ...rule,
    name: 'deny',
    effect: 'DENY',
    ipRanges: ['198.51.100.0/24'],
  })
  await store.putProtection(organization, {
    users: [eve],
    groups: [board],
    exceptions: [{ roleId: role.id, notAfter: 1, reason: 'Ended' }],
  })
  await store.putPrincipal({
    ...CREDENTIAL.principal,
    notBefore: 1,
    notAfter: FAR,
    policy: {
      Version: '2012-10-17',
      Statement: [
        { ...statement, Sid: 'One', Effect: 'Allow', Condition: condition },
        { ...statement, Effect: 'Deny', Condition: elsewhere },
        { ...statement, Effect: 'Deny', Action: ['ewsgateway:PutRoleGuard'] },
      ],
    },
  })
  await store.putKey({ ...CREDENTIAL.key, notBefore: 1, expiresAt: FAR })
  await store.putIdentities(organization, principal, [ACCOUNT, SUBJECT])
  await store.putSubscription(subscription)
  t.teardown(() => store.close())
  const database = new DatabaseSync(file)
  t.teardown(() => database.close())

  const decide = (request: AuthorizationRequest<'EWS'>): Promise<Decision> =>
    store.snapshot(async snapshot => {
      const state = { organization, snapshot, at: AT }
      const data = new SnapshotData(state, {
        findShared: () => false,
        findOwners: () => undefined,
      })
      const decided = await loadAndDecide(data, () => authorize(request, data))
      return decided.decision
    })
  return { store, database, decide }
}

const EFFECTS = ['ALLOW', 'DENY', 'Allow', 'Deny']
const OPTIONAL_OF_RULE = [
  'name',
  'description',
  'targetUsers',
  'notTargetUsers',
  'targetGroups',
  'notTargetGroups',
  'notBefore',
  'notAfter',
  'temporary',
]

/** JSON of rows. `[column, reason, request, enums, optional members]`. */
const JSON_COLUMNS: readonly (readonly [
  column: string,
  reason: Reason,
  request: AuthorizationRequest<'EWS'>,
  enums: readonly string[],
  optional: readonly string[],
])[] = [
  ['roles.rules', 'role-locked', byKey, EFFECTS, OPTIONAL_OF_RULE],
  ['roles.guard', 'role-locked', byKey, ['own', 'permitted', 'any', 'server'], []],
  ['roles.lock', 'role-locked', byKey, [], ['message', 'expiresAt', 'lockedAt', 'lockedBy']],
  [
    'roles.profile',
    'role-locked',
    byKey,
    ['no-send', 'SendItem'],
    ['name', 'allowedOperations', 'deniedOperations'],
  ],
  [
    'roles.shadow',
    'role-locked',
    byKey,
    [...EFFECTS, 'READ_ONLY', 'own', 'mail-read'],
    ['profile', 'name'],
  ],
  [
    'access_control_rules.conditions',
    'access-control-denies',
    byKey,
    ['EWS', 'IMAP'],
    [
      'ipRanges',
      'notIpRanges',
      'actions',
      'notActions',
      'userIds',
      'notUserIds',
      'impersonationRoleIds',
      'notImpersonationRoleIds',
    ],
  ],
  ['protections.content', 'mailbox-protected', byKey, [], []],
  [
    'principals.policy',
    'role-not-permitted',
    byKey,
    [...EFFECTS, '2012-10-17', ASSUME_ROLE, 'ewsgateway:PutRoleGuard'],
    ['Sid', 'Condition'],
  ],
  ['identities.identity', 'credentials-refused', bySubject, ['token-subject', 'sub'], []],
  // The access control rule names a user who is not known then.
  ['users.aliases', 'access-control-denies', byKey, [], []],
  ['subscriptions.others', 'foreign-subscription', watching, [], []],
  ['subscriptions.folder_classes', 'foreign-subscription', watching, ['mail'], []],
]

const NO_TIMES = ['soon', '1.5', '']
const NO_FLAGS = [2, -1, 'yes', '']

/** Other columns, with values that no version has written. */
const COLUMNS: readonly (readonly [
  column: string,
  reason: Reason,
  request: AuthorizationRequest<'EWS'>,
  values: readonly (string | number)[],
])[] = [
  ['roles.type', 'role-locked', byKey, ['FULL_ACCESS_LATER', 'full_access', '']],
  ['roles.not_before', 'role-locked', byKey, NO_TIMES],
  ['roles.not_after', 'role-locked', byKey, NO_TIMES],
  ['roles.version', 'role-locked', byKey, NO_TIMES],
  ['roles.tokens_valid_from', 'role-locked', byKey, NO_TIMES],
  ['roles.created_at', 'role-locked', byKey, NO_TIMES],
  ['roles.modified_at', 'role-locked', byKey, NO_TIMES],
  ['access_control_rules.effect', 'access-control-denies', byKey, ['DENY_SEND', 'deny', '']],
  ['access_control_rules.created_at', 'access-control-denies', byKey, NO_TIMES],
  ['access_control_rules.modified_at', 'access-control-denies', byKey, NO_TIMES],
  ['principals.enabled', 'role-not-permitted', byKey, NO_FLAGS],
  ['principals.not_before', 'role-not-permitted', byKey, NO_TIMES],
  ['principals.not_after', 'role-not-permitted', byKey, NO_TIMES],
  ['access_keys.enabled', 'role-not-permitted', byKey, NO_FLAGS],
  ['access_keys.not_before', 'role-not-permitted', byKey, NO_TIMES],
  ['access_keys.expires_at', 'role-not-permitted', byKey, NO_TIMES],
  ['access_keys.created_at', 'role-not-permitted', byKey, NO_TIMES],
  ['access_keys.last_used_at', 'role-not-permitted', byKey, ['soon']],
  ['access_keys.extended_protection', 'role-not-permitted', byKey, ['demand', 'ALLOW', '']],
  ['users.enabled', 'access-control-denies', byKey, NO_FLAGS],
  ['users.deleted', 'access-control-denies', byKey, NO_FLAGS],
  ['user_names.former', 'access-control-denies', byKey, NO_FLAGS],
  ['group_members.kind', 'mailbox-protected', byKey, ['contact', 'groups', 'users', 'User', '']],
  ['groups.deleted', 'mailbox-protected', byKey, NO_FLAGS],
  ['subscriptions.expires_at', 'foreign-subscription', watching, NO_TIMES],
  ['subscriptions.life_ms', 'foreign-subscription', watching, NO_TIMES],
]

/** Which rows of a table a change is made in: those that a request of Ann reads. */
const WHERE: Readonly<Record<string, string>> = {
  access_keys: `id = '${CREDENTIAL.key.id}'`,
  users: `id = '${ann}'`,
  identities: `reference like 'token:%'`,
  user_names: `name = 'ann@example.com'`,
}

t.test('P3 P6 a stored value that is not understood denies', async t => {
  const { database, decide } = await openWorld(t)
  for (const request of [byKey, bySubject, watching])
    t.match(await decide(request), { verdict: 'allow' }, 'everything is understood')
  t.match(await decide(forEve), { verdict: 'deny' })

  /** Decides with each text in a column, and then puts the former one back. */
  const denies = async (
    [table, column]: readonly string[],
    [reason, request]: readonly [Reason, AuthorizationRequest<'EWS'>],
    values: readonly Readonly<{ what: string; value: string | number }>[],
    where: string,
  ) => {
    const name = `${table}.${column}`
    const set = database.prepare(`update ${table} set ${column} = ? where ${where}`)
    const former = database.prepare(`select ${column} as value from ${table} where ${where}`).get()
    const wrong: string[] = []
    for (const { what, value } of values) {
      set.run(value)
      const decision = await decide(request).catch(error => ({ verdict: 'error', reason: error }))
      const { verdict } = await decide(forEve).catch(() => ({ verdict: 'error' }))
      if (decision.verdict !== 'deny' || decision.reason !== reason || verdict !== 'deny')
        wrong.push(`${what}: ${decision.verdict} ${'reason' in decision ? decision.reason : ''}`)
    }
    set.run(former?.['value'] as string)
    t.strictSame(wrong, [], `${name} where ${where}: ${values.length} values`)
    t.match(await decide(request), { verdict: 'allow' }, `${name} is as before`)
  }

  for (const [name, reason, request, enums, optional] of JSON_COLUMNS) {
    const [table = '', column = ''] = name.split('.')
    const rows = database.prepare(`select rowid, ${column} as text from ${table}`).all()
    const where = WHERE[table]
    const some = where
      ? database.prepare(`select rowid, ${column} as text from ${table} where ${where}`).all()
      : rows
    for (const { rowid, text } of some) {
      const damages = damagesOf(String(text), { enums, optional })
      const values = damages.map(({ what, text }) => ({ what, value: text }))
      await denies([table, column], [reason, request], values, `rowid = ${rowid}`)
    }
  }
  for (const [name, reason, request, values] of COLUMNS) {
    const [table = '', column = ''] = name.split('.')
    const where = WHERE[table]
    const named = values.map(value => ({ what: JSON.stringify(value), value }))
    const rows = database
      .prepare(`select rowid from ${table} ${where ? `where ${where}` : ''}`)
      .all()
    for (const { rowid } of rows)
      await denies([table, column], [reason, request], named, `rowid = ${rowid}`)
  }
})
