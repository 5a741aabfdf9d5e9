/**
 * Fills a gateway's store with an organization's users and roles, and two keys.
 *
 * @module
 */

import { randomUUID } from 'node:crypto'
import { openStore } from '../src/app/compose.ts'
import { loadConfig } from '../src/config/load.ts'
import { makeAccessKey } from '../src/credentials/access-key.ts'
import type { MasterKey } from '../src/credentials/master-key.ts'
import { ASSUME_ROLE } from '../src/model/iam.ts'
import { organizationId } from '../src/model/identity.ts'
import { principalId } from '../src/model/principal.ts'
import { DEFAULT_GUARD, type RoleId, roleId } from '../src/model/role.ts'
import type { Store } from '../src/store/store.ts'
import type { GatewayOptions } from './gateway.ts'
import { CEO } from './requests.ts'

export const ORGANIZATION = organizationId('m-0123456789abcdef0123456789abcdef')
/** That of every request. */
export const ROLE = 'migration-full'

export type Keys = Readonly<{ one: string; any: string }>

/** Fills a store. @returns `id:secret` of both keys */
export async function fill(file: string, cwd: string, options: GatewayOptions): Promise<Keys> {
  const { store, masterKey } = await openStore(loadConfig({ file, env: {}, cwd }), () => undefined)
  const { users = 0, roles = 0, profile } = options
  const limited = profile === undefined ? [] : [`role-${roles}`]
  const names = [
    'alice',
    'bob',
    'carol',
    'ceo',
    ...Array.from({ length: users }, (_, i) => `user-${i}`),
  ]
  const people = names.map(name => ({ primarySmtpAddress: `${name}@example.com`, aliases: [] }))
  await store.importUsers(ORGANIZATION, people, { dryRun: false, deleteMissing: false })
  const ceo = await store.userByName(ORGANIZATION, 'SmtpAddress', CEO)
  if (ceo === undefined) throw new Error('The CEO is not in the directory')
  // Tokens contain IDs of this form.
  const one = roleId(randomUUID())
  for (const name of [ROLE, ...Array.from({ length: roles }, (_, i) => `role-${i}`), ...limited])
    await store.putRole({
      id: name === ROLE ? one : roleId(randomUUID()),
      organizationId: ORGANIZATION,
      name,
      type: 'FULL_ACCESS',
      guard: DEFAULT_GUARD,
      ...(profile && limited.includes(name) && { profile: { name: profile } }),
      rules: [
        { id: 'everyone', effect: 'ALLOW' },
        { id: 'not-the-ceo', effect: 'DENY', targetUsers: [ceo.id] },
      ],
    })
  const keys = {
    one: await addKey(store, masterKey, 'one', one),
    any: await addKey(store, masterKey, 'any'),
  }
  await store.close()
  return keys
}

async function addKey(store: Store, masterKey: MasterKey, name: string, role?: RoleId) {
  const id = principalId(randomUUID())
  const only = { Condition: { StringEquals: { 'workmail:ImpersonationRoleId': [`${role}`] } } }
  const statement = {
    Effect: 'Allow' as const,
    Action: [ASSUME_ROLE],
    Resource: ['*'],
    ...(role !== undefined && only),
  }
  const policy = { Version: '2012-10-17' as const, Statement: [statement] }
  await store.putPrincipal({ id, organizationId: ORGANIZATION, name, enabled: true, policy })
  const { key, secret } = makeAccessKey(masterKey, id, { now: Date.now })
  await store.putKey(key)
  return `${key.id}:${secret.reveal()}`
}
