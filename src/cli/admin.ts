/**
 * `ews-gateway admin`: creates administrator keys, and starts a new epoch after a restore.
 *
 * Works directly on the store, whether or not a gateway is running.
 *
 * @module
 */

import { randomUUID } from 'node:crypto'
import { openStore } from '../app/compose.ts'
import { ownChange } from '../app/outbox.ts'
import type { Config } from '../config/schema.ts'
import { principalNameShape } from '../control/shapes.ts'
import { maxKeyMs } from '../control/time.ts'
import { makeAccessKey } from '../credentials/access-key.ts'
import { namedObject } from '../model/changed-object.ts'
import { organizationId } from '../model/identity.ts'
import { accessKeyState } from '../model/policy-state.ts'
import { type Principal, principalId } from '../model/principal.ts'
import { administratorPolicy } from '../policy/administrator.ts'
import { ConflictError } from '../store/store.ts'
import { openToChange } from './stores.ts'
import { keepMasterKey, type Output, organizationOf, warnOfMigrations } from './users.ts'

/** An `admin` command failed. The message says why. */
export class AdminError extends Error {
  override readonly name = 'AdminError'
}

/**
 * Creates an administrator of an organization with an access key, and prints the key as environment variables.
 * The secret cannot be shown again.
 *
 * @throws UsersError if the configuration has no such organization
 * @throws AdminError if the name is invalid or taken
 */
export async function createKey(
  config: Config,
  settings: Readonly<{ organization: string; name: string; mayImpersonate: boolean }>,
  { print, warn }: Output,
): Promise<void> {
  const { id, alias, maxDays } = organizationOf(config, settings.organization)
  const organization = organizationId(id)
  const name = nameOf(settings.name)
  const { store, masterKey } = await openStore(config, warn)
  try {
    const principal: Principal = {
      id: principalId(randomUUID()),
      organizationId: organization,
      name,
      enabled: true,
      policy: administratorPolicy(organization, settings),
    }
    const now = Date.now()
    const expiresAt = now + maxKeyMs({ maxDays })
    const { key, secret } = makeAccessKey(masterKey, principal.id, { now: () => now, expiresAt })
    await store.change(organization, async transaction => {
      await transaction.putPrincipal(principal).catch(explainName)
      await transaction.putKey(key)
      const version = await transaction.recordedVersion(organization)
      const common = { organizationId: organization, ...version }
      return {
        result: undefined,
        claimed: false,
        records: [
          ...ownChange({
            ...common,
            action: 'ewsgateway:CreatePrincipal',
            object: namedObject('PRINCIPAL', principal.id, name),
            after: principal,
          }),
          ...ownChange({
            ...common,
            action: 'ewsgateway:CreateAccessKey',
            object: namedObject('ACCESS_KEY', key.id, key.id),
            after: accessKeyState(key),
          }),
        ],
      }
    })
    print(`AWS_ACCESS_KEY_ID=${key.id}\nAWS_SECRET_ACCESS_KEY=${secret.reveal()}\n`)
    warn(
      `This key ends on ${new Date(expiresAt).toISOString()}, after ${maxDays.accessKeys} days. ` +
        `Before that, create another one with \`ews-gateway admin create-key --organization ${alias} --name NAME --config FILE\`.`,
    )
  } finally {
    await store.close()
  }
}

function explainName(error: unknown): never {
  if (!(error instanceof ConflictError)) throw error
  const [conflict] = error.conflicts
  const advice = 'Give the new administrator another name with --name NAME.'
  throw new AdminError(`${conflict?.message}. ${advice}`, { cause: error })
}

function nameOf(name: string): string {
  const { success, error } = principalNameShape.safeParse(name)
  if (success) return name
  throw new AdminError(`--name ${error.issues[0]?.message}`)
}

/**
 * Starts a new epoch. Every gateway discards its caches, and tokens of earlier epochs are rejected.
 *
 * @throws Failure if there is no store
 */
export async function newEpoch(config: Config, { print, warn }: Output): Promise<void> {
  const store = await openToChange(config, warnOfMigrations(warn))
  try {
    await keepMasterKey(config, store, warn)
    const after = await store.change(undefined, async transaction => {
      const before = await transaction.epoch()
      const after = await transaction.newEpoch()
      await transaction.recordPolicies()
      const states = { before: { epoch: before }, after: { epoch: after } }
      const records = ownChange({ action: 'ewsgateway:NewEpoch', ...states })
      return { result: after, records, claimed: false }
    })
    print(`Started epoch ${after}. Caches and tokens of earlier epochs are no longer valid.\n`)
  } finally {
    await store.close()
  }
}
