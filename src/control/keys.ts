/**
 * Actions on access keys. A principal has at most two, so that one can replace the other.
 *
 * A secret is returned once, to a caller who has every permission that the key will have.
 *
 * @module
 */

import { accessKeyState } from '../model/policy-state.ts'
import {
  type AccessKey,
  accessKeyId,
  type Credential,
  endOfCredential,
  validityOf,
} from '../model/principal.ts'
import { type Moment, stateOfPeriod } from '../model/validity.ts'
import { ConflictError } from '../store/store.ts'
import { type Action, action, type Call } from './action.ts'
import { replace, versionOf } from './concurrency.ts'
import * as contract from './contract/principals.ts'
import { ApiError } from './errors.ts'
import { findPrincipal } from './principals.ts'
import { requireNoExcess, requireNoLonger, requireReadable } from './privilege.ts'
import { invalid } from './problems.ts'
import { maxKeyMs, msOf, timeAfter } from './time.ts'

const createKey = action(
  contract.createKey,
  async (call, { PrincipalId, ExtendedProtection = 'ALLOW', ...times }) => {
    const principal = await findPrincipal(call, PrincipalId)
    requireReadable(principal)
    requireNoExcess(call, principal.policy)
    const { key, secret } = call.ports.keys.make(principal.id, {
      ...timesOfNewKey(call, times),
      extendedProtection: PROTECTIONS[ExtendedProtection],
    })
    requireNoLonger(call, { notAfter: endOfCredential({ key, principal }) })
    await call.ports.store.putKey(key).catch((error: unknown) => explain(error, call, PrincipalId))
    call.changed(undefined, accessKeyState(key))
    return { ...keyOnWire(key), SecretAccessKey: secret.reveal() }
  },
)

const listKeys = action(contract.listKeys, async (call, { PrincipalId }) => {
  const { id } = await findPrincipal(call, PrincipalId)
  const keys = await call.ports.store.keysOf(call.organization.id, id)
  return { AccessKeys: keys.map(key => ({ ...keyOnWire(key), State: stateOfKey(key, call) })) }
})

const updateKey = action(
  contract.updateKey,
  async (call, { AccessKeyId, Enabled, ExtendedProtection, ExpectedVersion, ...times }) => {
    const { before, after } = await replace({
      expected: ExpectedVersion,
      read: () => findKey(call, AccessKeyId),
      versionOf: ({ key }) => versionOfKey(key),
      write: async ({ key, principal }) => {
        requireReadable(principal)
        if (ExtendedProtection === 'ALLOW') requireNoExcess(call, principal.policy)
        const changed = {
          ...key,
          ...changedTimes(call, key, times),
          ...(Enabled !== undefined && { enabled: Enabled }),
          ...(ExtendedProtection && { extendedProtection: PROTECTIONS[ExtendedProtection] }),
        }
        if (Enabled || isLonger(changed, key) || isEarlier(changed, key)) {
          requireNoExcess(call, principal.policy)
          requireNoLonger(call, { notAfter: endOfCredential({ key: changed, principal }) })
        }
        await call.ports.store.putKey(changed)
        return changed
      },
    })
    call.changed(accessKeyState(before.key), accessKeyState(after))
    return { Version: versionOfKey(after) }
  },
)

const deleteKey = action(contract.deleteKey, async (call, { AccessKeyId }) => {
  const { ports, organization } = call
  const before = await credentialOf(call, AccessKeyId)
  await ports.store.deleteKey(organization.id, accessKeyId(AccessKeyId))
  call.changed(before ? accessKeyState(before.key) : { id: AccessKeyId }, undefined)
  return {}
})

export const ACCESS_KEY_ACTIONS: readonly Action[] = [createKey, listKeys, updateKey, deleteKey]

/** Members of a request that limit a key. */
type KeyTimes = Readonly<{ NotBefore?: number; ExpiresTime?: number }>

/**
 * Returns the period of a new key. Without ExpiresTime, it ends at the limit of the organization.
 *
 * @throws ApiError InvalidParameterException
 */
export function timesOfNewKey(call: Call, { NotBefore, ExpiresTime }: KeyTimes) {
  const latest = call.at + maxKeyMs(call.organization)
  const expiresAt = timeAfter(call, ExpiresTime) ?? latest
  requireWithin(call, expiresAt, latest)
  return periodOfKey(NotBefore && msOf(NotBefore), expiresAt)
}

/** Returns the times of a key that a request changes. Only an end that comes later must be within the limit. */
function changedTimes(call: Call, key: AccessKey, { NotBefore, ExpiresTime }: KeyTimes) {
  const expiresAt = ExpiresTime === undefined ? key.expiresAt : msOf(ExpiresTime)
  if (isLonger({ expiresAt }, key))
    requireWithin(call, expiresAt, key.createdAt + maxKeyMs(call.organization))
  return periodOfKey(NotBefore === undefined ? key.notBefore : msOf(NotBefore), expiresAt)
}

type End = Readonly<{ expiresAt?: number | undefined }>

const NEVER = Number.POSITIVE_INFINITY

const isLonger = ({ expiresAt: after = NEVER }: End, { expiresAt: before = NEVER }: End) =>
  after > before

type Begin = Readonly<{ notBefore?: number | undefined }>

const isEarlier = ({ notBefore: after = 0 }: Begin, { notBefore: before = 0 }: Begin) =>
  after < before

function requireWithin({ organization }: Call, expiresAt = NEVER, latest: number): void {
  if (expiresAt <= latest) return
  const days = maxKeyMs(organization) / 86_400_000
  throw invalid(
    `ExpiresTime must be at most ${days} days after the creation of the key, the limit of the organization`,
  )
}

function periodOfKey(notBefore: number | undefined, expiresAt: number | undefined) {
  if (notBefore !== undefined && notBefore >= (expiresAt ?? NEVER))
    throw invalid('NotBefore must be earlier than ExpiresTime')
  return {
    ...(notBefore !== undefined && { notBefore }),
    ...(expiresAt !== undefined && { expiresAt }),
  }
}

async function credentialOf(
  { ports, organization }: Call,
  id: string,
): Promise<Credential | undefined> {
  const credential = await ports.store.credential(accessKeyId(id))
  return credential?.principal.organizationId === organization.id ? credential : undefined
}

/** @throws ApiError ResourceNotFoundException */
async function findKey(call: Call, id: string): Promise<Credential> {
  const credential = await credentialOf(call, id)
  if (credential !== undefined) return credential
  throw new ApiError('ResourceNotFoundException', `The access key ${id} does not exist`)
}

/**
 * Throws the API error for a failed creation: the principal was deleted concurrently, or already has the maximum
 * number of keys.
 */
async function explain(error: unknown, call: Call, id: string): Promise<never> {
  if (!(error instanceof ConflictError)) throw error
  await findPrincipal(call, id)
  throw new ApiError(
    'LimitExceededException',
    `The principal ${id} has two access keys already. Delete one first`,
  )
}

/** Time before the end of a key at which it expires soon. */
const SOON_MS = 14 * 86_400_000

function stateOfKey(key: AccessKey, moment: Moment): (typeof contract.KEY_STATES)[number] {
  const period = stateOfPeriod(validityOf(key), moment)
  if (period === 'ENDED') return 'EXPIRED'
  if (!key.enabled) return 'DISABLED'
  if (period === 'NOT_YET') return period
  return (key.expiresAt ?? NEVER) - moment.at < SOON_MS ? 'EXPIRES_SOON' : 'ACTIVE'
}

const versionOfKey = ({ enabled, notBefore, expiresAt, extendedProtection }: AccessKey): string =>
  versionOf(enabled, notBefore, expiresAt, extendedProtection)

const PROTECTIONS = { ALLOW: 'allow', REQUIRE: 'require' } as const
const PROTECTIONS_ON_WIRE = { allow: 'ALLOW', require: 'REQUIRE' } as const

/** Returns a key for a response, without its secret. */
const keyOnWire = (key: AccessKey) => ({
  AccessKeyId: key.id,
  PrincipalId: key.principalId,
  Enabled: key.enabled,
  ExtendedProtection: PROTECTIONS_ON_WIRE[key.extendedProtection],
  ...(key.unreadable && { Unreadable: key.unreadable }),
  DateCreated: key.createdAt / 1_000,
  ...(key.lastUsedAt !== undefined && { DateLastUsed: key.lastUsedAt / 1_000 }),
  ...(key.notBefore !== undefined && { NotBefore: key.notBefore / 1_000 }),
  ...(key.expiresAt !== undefined && { ExpiresTime: key.expiresAt / 1_000 }),
  Version: versionOfKey(key),
})
