/**
 * Converts directory entries to drafts of users.
 *
 * Skips a name that two entries have, or that is reserved for a former user. If the skipped name is the primary
 * address of an entry, skips the whole entry. Other entries are not affected.
 *
 * @module
 */

import { foldName, type User, type UserId } from '../model/identity.ts'
import { type Conflict, ConflictError, type ImportPlan, type UserDraft } from '../store/store.ts'
import type { Listing, SkippedEntry, UserEntry } from './directory.ts'

/** Draft of the user of a directory entry. */
export type DraftedUser = Readonly<{ entryId: UserId; draft: UserDraft }>

/** Users in the store. Used for entries that were not read again. */
export type KnownUsers = Readonly<{
  users: readonly User[]
  /** User IDs by entry ID, for users whose ID differs from the entry ID. */
  userIds: ReadonlyMap<UserId, UserId>
  /** Addresses of disabled users. */
  disabled: readonly string[]
  /** Users who had one of these addresses before. They stay disabled after a rename. */
  disabledBefore: readonly UserId[]
}>

/** Returns a draft for each usable user in the directory. */
export function draftsOf({ present, entries, unfit }: Listing, known: KnownUsers): DraftedUser[] {
  const { userIds } = known
  const users = new Map(known.users.map(user => [user.id, user]))
  const read = new Map(entries.map(entry => [entry.entryId, entry]))
  const skipped = new Set(unfit.map(({ entryId }) => entryId))
  const disabled = new Set(known.disabled.map(foldName))
  const had = new Set(known.disabledBefore)
  const isDisabled = ({ primarySmtpAddress, aliases }: User | UserEntry) =>
    [primarySmtpAddress, ...aliases].some(one => disabled.has(foldName(one)))
  const drafted: DraftedUser[] = []
  for (const entryId of present) {
    const id = userIds.get(entryId)
    const user = users.get(id ?? entryId)
    const fields = read.get(entryId) ?? user
    if (fields === undefined || skipped.has(entryId)) continue
    const named = id === undefined ? { ownId: entryId } : { id }
    const enabled = !(isDisabled(fields) || (user && isDisabled(user)) || had.has(id ?? entryId))
    drafted.push({ entryId, draft: { ...draftOf(fields, named), enabled } })
  }
  return drafted
}

function draftOf(
  { primarySmtpAddress, aliases, principalName, sid, displayName }: User | UserEntry,
  named: Pick<UserDraft, 'id' | 'ownId'>,
): UserDraft {
  return {
    ...named,
    primarySmtpAddress,
    aliases,
    ...(principalName !== undefined && { principalName }),
    ...(sid !== undefined && { sid }),
    ...(displayName !== undefined && { displayName }),
  }
}

/** Users that can be imported together, the changes of that import, and the skipped entries and names. */
export type UsableEntries = Readonly<{
  drafted: readonly DraftedUser[]
  plan: ImportPlan
  unfit: readonly SkippedEntry[]
}>

/**
 * Removes conflicting names and entries from the drafts, until the rest can be imported.
 *
 * @param dryRun - returns what an import of all drafts would change. Throws ConflictError
 */
export async function findUsableEntries(
  all: readonly DraftedUser[],
  dryRun: (drafts: readonly UserDraft[]) => Promise<ImportPlan>,
): Promise<UsableEntries> {
  const unfit: SkippedEntry[] = []
  let drafted = all
  for (;;) {
    try {
      return { drafted, plan: await dryRun(drafted.map(({ draft }) => draft)), unfit }
    } catch (error) {
      if (!(error instanceof ConflictError)) throw error
      const conflicts = Map.groupBy(error.conflicts, ({ index }) => index)
      drafted = drafted.flatMap((one, index) => {
        const found = conflicts.get(index) ?? []
        unfit.push(...found.map(conflict => skippedEntryOf(one, conflict)))
        const draft = found.reduce(withoutConflict, one.draft as UserDraft | undefined)
        return draft ? [{ ...one, draft }] : []
      })
    }
  }
}

function skippedEntryOf({ entryId, draft }: DraftedUser, { message }: Conflict): SkippedEntry {
  const problem = message.replace('another row', 'another entry')
  return { entryId, who: draft.primarySmtpAddress, problem }
}

/** Returns the draft without a conflicting name, or undefined if the name is its primary address. */
function withoutConflict(draft: UserDraft | undefined, { name }: Conflict): UserDraft | undefined {
  if (draft === undefined || name === undefined) return undefined
  const isName = (text: string) => foldName(text) === foldName(name.written)
  if (name.space === 'address')
    return isName(draft.primarySmtpAddress)
      ? undefined
      : { ...draft, aliases: draft.aliases.filter(alias => !isName(alias)) }
  const { principalName, sid, ...rest } = draft
  return name.space === 'sid'
    ? { ...rest, ...(principalName !== undefined && { principalName }) }
    : { ...rest, ...(sid !== undefined && { sid }) }
}
