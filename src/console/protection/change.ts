/**
 * Changes the protected mailboxes.
 *
 * @module
 */

import { isConflict } from '../api/failure.ts'
import type { Protection, ProtectionLists } from '../api/protection.ts'
import { useFlashes } from '../parts/flashes.tsx'
import { TAKES_EFFECT } from '../roles/words.ts'
import { useSession } from '../session/session.ts'

export type Kind = 'user' | 'group'

/** A protected user or group. One that was deleted has no name. */
export type Row = Readonly<{ id: string; name: string | undefined }>

/**
 * Saves a change of the lists.
 *
 * @param change - returns the changed lists
 * @param done - sentence that says what was done
 * @throws CallFailure; Error if someone else has changed the lists
 */
export type Save = (
  change: (lists: ProtectionLists) => Partial<ProtectionLists>,
  done: string,
) => Promise<void>

/**
 * Returns a function that saves a change of the lists that the page shows. If someone else has changed them, it saves
 * nothing, and the page shows the new lists.
 */
export function useSave(shown: Protection, reload: () => void): Save {
  const { call } = useSession()
  const { succeeded } = useFlashes()
  return async (change, done) => {
    const lists = listsOf(shown)
    try {
      await call('EwsGateway.PutProtectedMailboxes', {
        ...lists,
        ...change(lists),
        ExpectedVersion: shown.Version,
      })
    } catch (error) {
      if (!isConflict(error)) throw error
      reload()
      throw new Error(
        'Someone else changed the protected mailboxes, so your change is not saved. The page now shows their version. To save your change too, try again.',
      )
    }
    succeeded(`${done} ${TAKES_EFFECT}`)
    reload()
  }
}

const listsOf = ({ Users, Groups, Exceptions }: Protection): ProtectionLists => ({
  Users: Users.map(({ UserId }) => UserId),
  Groups: Groups.map(({ GroupId }) => GroupId),
  Exceptions,
})

/** Returns a list with further entries, each once. */
export const joined = (list: readonly string[], more: readonly string[]): string[] => [
  ...new Set([...list, ...more]),
]
