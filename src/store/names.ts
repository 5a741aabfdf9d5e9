/**
 * The names of a user, which must be unique in the organization.
 *
 * @module
 */

import { foldName } from '../model/identity.ts'
import type { NameSpace } from '../model/subject.ts'
import type { UserDraft } from './store.ts'

/** A name as written, and folded for comparison. */
export type Name = Readonly<{ space: NameSpace; name: string; written: string }>

/** Whether a text contains a NUL character, which PostgreSQL rejects even in queries. */
export const isInvalidText = (text: string): boolean => text.includes('\0')

/** Returns every name of a user without duplicates: the primary address, aliases, principal name, and SID. */
export function namesOf(user: UserDraft): readonly Name[] {
  const names = [nameOf('address', user.primarySmtpAddress)]
  for (const alias of user.aliases) {
    const name = nameOf('address', alias)
    if (!names.some(other => other.name === name.name)) names.push(name)
  }
  if (user.principalName !== undefined) names.push(nameOf('principal', user.principalName))
  if (user.sid !== undefined) names.push(nameOf('sid', user.sid))
  return names
}

const nameOf = (space: NameSpace, written: string): Name => ({
  space,
  name: foldName(written),
  written,
})

/** A map by name space and folded name. */
export class NameMap<T> {
  readonly #spaces = {
    address: new Map<string, T>(),
    principal: new Map<string, T>(),
    sid: new Map<string, T>(),
  } as const satisfies Record<NameSpace, Map<string, T>>

  get({ space, name }: Name): T | undefined {
    return this.#spaces[space].get(name)
  }

  set({ space, name }: Name, value: T): void {
    this.#spaces[space].set(name, value)
  }
}
