/**
 * Remembers what is known about the folders and items of users, until requests can have changed it.
 *
 * @module
 */

import { LRUCache } from 'lru-cache'
import type { Organization, OrganizationId, User, UserId } from '../model/identity.ts'

/** Maximum number of users whose last change is remembered. */
const MAX_USERS = 100_000

/** Time at which something was requested, and the number of changes before that. */
export type Origin = Readonly<{ at: number; changes: number }>

/** A value, and the origin of the oldest response that it depends on. */
export type Kept<T> = Origin & Readonly<{ value: T }>

type Options = Readonly<{
  /** Returns the time in milliseconds. */
  now: () => number
  /** Time for which a value is remembered. */
  keptMs: number
  /** Maximum size of everything that is remembered, in characters. */
  maxCharacters: number
}>

/** Impersonated user of a request, and the organization. */
type Asked = Readonly<{ served: Readonly<{ organization: Organization }>; user: User }>

export class ContentMemory<Values extends object> {
  readonly #now: () => number
  readonly #keptMs: number
  readonly #kept: LRUCache<string, Kept<Values[keyof Values]>>
  #changes = 0
  /** Number of the last change that made the values of a user uncertain. */
  readonly #changed = new LRUCache<string, number>({
    maxSize: MAX_USERS,
    sizeCalculation: () => 1,
    dispose: (changes, _, reason) => {
      if (reason === 'evict') this.#floor = Math.max(this.#floor, changes)
    },
  })
  /** Number of the last change of a user who is no longer in {@link #changed}. */
  #floor = Number.NEGATIVE_INFINITY

  constructor({ now, keptMs, maxCharacters }: Options) {
    this.#now = now
    this.#keptMs = keptMs
    this.#kept = new LRUCache({
      maxSize: maxCharacters,
      sizeCalculation: ({ value }, key) => key.length + charactersIn(value),
    })
  }

  /** Number of changes so far. A value is remembered only if its user had none since it was requested. */
  get changes(): number {
    return this.#changes
  }

  find<K extends keyof Values & string>(
    served: Asked['served'],
    user: User,
    kind: K,
    id: string | undefined,
  ): Kept<Values[K]> | undefined {
    const kept = this.#kept.get(keyOf({ served, user }, kind, id))
    if (kept === undefined || !(Math.abs(this.#now() - kept.at) < this.#keptMs)) return undefined
    const changed = this.#changed.get(userKey(served.organization.id, user.id)) ?? this.#floor
    return kept.changes >= changed ? (kept as Kept<Values[K]>) : undefined
  }

  keep<K extends keyof Values & string>(
    asked: Asked,
    kind: K,
    id: string | undefined,
    { value, at, changes }: Kept<Values[K]>,
  ): void {
    this.#kept.set(keyOf(asked, kind, id), { value, at, changes })
  }

  /** Forgets the values that were requested as a user. A request in flight is not remembered. */
  forget(organization: OrganizationId, user: UserId): void {
    this.#changes += 1
    this.#changed.set(userKey(organization, user), this.#changes)
  }
}

/** Returns the number of characters of all texts in a value. */
function charactersIn(value: unknown): number {
  if (typeof value === 'string') return value.length
  if (typeof value !== 'object' || value === null) return 0
  return Object.values(value).reduce<number>((sum, part) => sum + charactersIn(part), 0)
}

const userKey = (organization: OrganizationId, user: UserId): string => `${organization} ${user}`

const keyOf = (
  { served: { organization }, user: { id, primarySmtpAddress } }: Asked,
  kind: string,
  of: string | undefined,
) => `${organization.id} ${id} ${primarySmtpAddress} ${kind} ${of ?? ''}`
