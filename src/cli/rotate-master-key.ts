/**
 * `ews-gateway admin rotate-master-key`: replaces the master key while gateways run.
 *
 * A store goes through three states. Before the rotation, it names the former key. During the rotation, it names both
 * keys, and each gateway accepts both and protects new data with the new one. Afterwards, it names the new key, and the
 * gateways accept nothing else. So the command can end at any step and run again.
 *
 * @module
 */

import { setTimeout } from 'node:timers/promises'
import { ownChange } from '../app/outbox.ts'
import type { Config } from '../config/schema.ts'
import type { MasterKey } from '../credentials/master-key.ts'
import { loadOrMakeMasterKey, verifyMasterKey } from '../credentials/master-key-file.ts'
import { Failure } from '../model/failure.ts'
import type { AccessKeyId } from '../model/principal.ts'
import type { GatewayInstance, Store } from '../store/store.ts'
import { AdminError } from './admin.ts'
import { openToChange } from './stores.ts'
import { type Output, warnOfMigrations } from './users.ts'

/** Maximum age of the heartbeat of a gateway that runs. */
const SEEN_MS = 60_000
/** Maximum wait for gateways to use the new key. They look every second. */
const WAIT_MS = 60_000
const LOOK_MS = 200

/** Replaces the master key of the store. @throws AdminError if a gateway doesn't have the new key yet */
export async function rotateMasterKey(config: Config, { print, warn }: Output): Promise<void> {
  const { file, formerFile } = config.masterKey
  if (formerFile === undefined)
    throw new AdminError(
      'Set masterKey.formerFile to the file of the present master key, and masterKey.file to that of a new one. Then restart every gateway, and run this command again',
    )
  const store = await openToChange(config, warnOfMigrations(warn))
  try {
    const masterKey = await loadOrMakeMasterKey(config.masterKey, false, warn)
    await verifyMasterKey(masterKey, store, file)
    const { resealed, wasRotated } = await rotate(store, masterKey)
    print(`Encrypted ${resealed} ${resealed === 1 ? 'secret' : 'secrets'} of access keys again.\n`)
    print(
      wasRotated
        ? `The master key was rotated already. The store needs only ${file}.\n`
        : `Rotated the master key. The store needs only ${file} now.\n` +
            'Tokens, console sessions, and affinity cookies of the former key are no longer valid.\n',
    )
    warn(
      `Remove masterKey.formerFile from the configuration of every gateway, and restart it. You need ${formerFile} only for backups from before.`,
    )
  } finally {
    await store.close()
  }
}

/** Number of secrets that were encrypted again, and whether an earlier run had rotated the key. */
type Rotated = Readonly<{ resealed: number; wasRotated: boolean }>

/**
 * Rotates from the former key to the configured one. If an earlier run ended early, continues from where it ended.
 *
 * @param masterKey - with both keys
 * @throws AdminError if a gateway doesn't have the new key
 */
export async function rotate(store: Store, masterKey: MasterKey): Promise<Rotated> {
  const wasRotated = await begin(store, masterKey)
  masterKey.follow(await store.masterKeyState())
  await untilUsed(store, masterKey)
  const resealed = await resealAll(store, masterKey)
  if (!wasRotated) await end(store, masterKey)
  return { resealed, wasRotated }
}

/** Names both keys in the store, unless it does already. @returns whether the rotation has ended before */
async function begin(store: Store, masterKey: MasterKey): Promise<boolean> {
  const next = masterKey.rotated()
  return await store.change(undefined, async transaction => {
    const { check, former } = await transaction.masterKeyState()
    if (check === next.check) return { result: former === undefined, records: [] }
    requireAll(
      await transaction.gateways(),
      ({ masterKeys }) => masterKeys.includes(next.check),
      'does not have the new master key. Set masterKey.file and masterKey.formerFile for it, restart it, and run this command again',
    )
    await transaction.putMasterKeyState(next)
    return { result: false, records: [] }
  })
}

/** Waits until every gateway protects new data with the new key. */
async function untilUsed(store: Store, masterKey: MasterKey): Promise<void> {
  const isUsed = ({ masterKeys }: GatewayInstance) => masterKeys[0] === masterKey.check()
  const deadline = performance.now() + WAIT_MS
  while (!running(await store.gateways()).every(isUsed)) {
    if (performance.now() > deadline)
      requireAll(
        await store.gateways(),
        isUsed,
        'does not use the new master key yet. Check that it runs, and run this command again',
      )
    await setTimeout(LOOK_MS)
  }
}

const running = (gateways: readonly GatewayInstance[]) =>
  gateways.filter(({ seenAt }) => seenAt > Date.now() - SEEN_MS)

/** @throws AdminError that lists the running gateways that don't meet a condition */
function requireAll(
  gateways: readonly GatewayInstance[],
  meets: (gateway: GatewayInstance) => boolean,
  problem: string,
): void {
  const others = running(gateways).filter(gateway => !meets(gateway))
  if (others.length === 0) return
  const lines = others.map(({ host, version, startedAt }) => {
    const since = new Date(startedAt).toISOString()
    return `The gateway on ${host} (version ${version}, started ${since}) ${problem}`
  })
  throw new AdminError(lines.join('\n'))
}

/** Encrypts all secrets with the new key. @returns how many had another encryption */
async function resealAll(store: Store, masterKey: MasterKey): Promise<number> {
  const { versions } = await store.policyVersions()
  let count = 0
  for (const organization of versions.keys()) {
    let after: AccessKeyId | undefined
    do {
      const page = await store
        .resealSecrets(organization, after, resealWith(masterKey))
        .catch(throwOwnError)
      count += page.resealed
      after = page.last
    } while (after !== undefined)
  }
  return count
}

/** Throws an error of this command that the store has wrapped, because a callback threw it. */
function throwOwnError(error: unknown): never {
  throw error instanceof Failure && error.cause instanceof AdminError ? error.cause : error
}

const resealWith = (masterKey: MasterKey) => (sealed: Uint8Array, id: AccessKeyId) => {
  try {
    return masterKey.resealSecret(sealed)
  } catch (cause) {
    throw new AdminError(
      `Cannot decrypt the secret of the access key ${id} with either master key. Delete that access key, and run this command again`,
      { cause },
    )
  }
}

/** Names only the new key in the store, and ends everything that was signed with a key of the former one. */
async function end(store: Store, masterKey: MasterKey): Promise<void> {
  await store.change(undefined, async transaction => {
    const { former, ...state } = await transaction.masterKeyState()
    const before = await transaction.epoch()
    await transaction.putMasterKeyState(state)
    await transaction.removeSigningKeys()
    const after = await transaction.newEpoch()
    await transaction.recordPolicies()
    const records = ownChange({
      action: 'ewsgateway:RotateMasterKey',
      before: { epoch: before, masterKeyCheck: former },
      after: { epoch: after, masterKeyCheck: masterKey.check() },
    })
    return { result: undefined, records, claimed: false }
  })
}
