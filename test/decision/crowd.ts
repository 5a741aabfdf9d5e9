/**
 * Policy data of many users, which knows nothing that a body names until that is loaded.
 *
 * @module
 */

import { foldName, type User, type UserId, userId } from '../../src/model/identity.ts'
import type {
  DataKind,
  Entry,
  MissingSubject,
  PolicySource,
  StoredKind,
} from '../../src/model/policy-data.ts'
import type { ImpersonationRole } from '../../src/model/role.ts'
import type { StoredItemQuery, StoredItemResult } from '../../src/model/stored-item.ts'
import type { Subscription } from '../../src/model/subscription.ts'
import { ANN, AT, BOB, CREDENTIAL, OFF, ORGANIZATION, person, ROLE, TestData } from './data.ts'

export const EVE = person('eve')

/** Number of users that have a number for a name: `p0`, `p1`, … */
const CROWD = 2_000
export const crowdNames = (count: number, prefix = 'p', from = 0): readonly string[] =>
  Array.from({ length: count }, (_, n) => `${prefix}${from + n}`)

const PEOPLE = [ANN, BOB, EVE, OFF, person('service'), ...crowdNames(CROWD).map(n => person(n))]
const BY_ID = new Map(PEOPLE.map(user => [user.id, user]))
const BY_ADDRESS = new Map(
  PEOPLE.flatMap(user =>
    [user.primarySmtpAddress, ...user.aliases].map(address => [foldName(address), user] as const),
  ),
)

export const findByAddress = (address: string): User | undefined =>
  BY_ADDRESS.get(foldName(address))
export const findById = (id: UserId): User | undefined => BY_ID.get(id)

/** Returns the owner of a mailbox GUID, which is a user's name here. */
export const ownerOf = (guid: string): UserId | undefined =>
  findByAddress(`${guid}@example.com`)?.id

/** A subscription that is called `user`, `user+other+other`, or `user+?` if others are not determined. */
export function subscriptionOf(name: string): Subscription | undefined {
  const [user, ...others] = name.split('+').map(ownerOf)
  if (user === undefined) return undefined
  return {
    organizationId: ORGANIZATION.id,
    idHash: name,
    userId: user,
    ...(!name.endsWith('+?') && { others: others.map(id => id ?? userId('deleted')) }),
    roleId: ROLE.id,
    principalId: CREDENTIAL.principal.id,
    lifeMs: 0,
    expiresAt: AT + 1,
  }
}

/** Returns the upstream's answer about stored items. The ID of an item is the name of its sender. */
const storedItems = ({ items }: StoredItemQuery): readonly StoredItemResult[] =>
  items.map(({ id, changeKey = 'CK' }) => ({
    code: 'NoError',
    item: { kind: 'Message', changeKey, senders: [`${id}@example.com`], unknownSender: false },
  }))

/** A role that allows everyone but Eve. */
export const NOT_EVE: ImpersonationRole = {
  ...ROLE,
  rules: [
    { id: 'everyone', effect: 'ALLOW' },
    { id: 'never-eve', effect: 'DENY', targetUsers: [EVE.id] },
  ],
}

type Values = Partial<Readonly<Record<DataKind, (id: never) => unknown>>>

const VALUES: Values = {
  name: ({ value }: { value: string }) => findByAddress(value),
  user: findById,
  subscription: subscriptionOf,
  'mailbox-owners': ({ guids }: { guids: readonly string[] }) => guids.map(ownerOf),
  'shared-mailbox': () => false,
  'stored-items': storedItems,
}

const STORED: ReadonlySet<DataKind> = new Set<StoredKind>(['name', 'user', 'subscription'])

function entryOf(kind: DataKind, id: unknown, values: Values): Entry<unknown> {
  const find = values[kind] as ((id: unknown) => unknown) | undefined
  return { value: find?.(id), from: STORED.has(kind) ? 1 : 0 }
}

export type ColdData = Readonly<{
  data: TestData & PolicySource
  /** The subjects of each load: their kind and number. */
  asked: string[]
}>

/**
 * Returns data that holds only the caller, its role, and the impersonated user.
 *
 * @param held - kinds that are known without a load
 * @param others - values of kinds that differ from those of the crowd
 */
export function coldData(
  held: readonly DataKind[] = ['shared-mailbox'],
  others: Values = {},
): ColdData {
  const loaded = new Set<string>()
  const asked: string[] = []
  const keyOf = (kind: string, id: unknown) => `${kind} ${JSON.stringify(id)}`
  const data = new TestData((kind, id) =>
    held.includes(kind) || loaded.has(keyOf(kind, id))
      ? entryOf(kind, id, { ...VALUES, ...others })
      : undefined,
  )
  const loadKnown = data.load.bind(data)
  data.load = async missing => {
    asked.push(questionOf(missing))
    for (const subject of missing)
      if (subject.kind !== 'freshness') loaded.add(keyOf(subject.kind, subject.id))
    await loadKnown(missing)
  }
  return { data, asked }
}

function questionOf(missing: readonly MissingSubject[]): string {
  const [first] = missing
  if (first?.kind === 'mailbox-owners')
    return `owners ${first.id.guids.length} of ${first.id.users.length}`
  const kinds = [...new Set(missing.map(({ kind }) => kind))]
  return `${kinds.join(' and ')} ${missing.length}`
}
