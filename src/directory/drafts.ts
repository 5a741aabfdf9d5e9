/**
 * What a directory says, as the users that it makes.
 *
 * No user gets a name that two entries have, or that stays with a user who was removed or lost it.
 * An entry with such a primary address makes no user. All other entries are not affected.
 *
 * @module
 */

import { foldName, type User, type UserId } from '../model/identity.ts'
import { type Conflict, ConflictError, type ImportPlan, type UserDraft } from '../store/store.ts'
import type { Entry, Listing, Unfit } from './directory.ts'

/** An entry's user, as it is to be. */
export type Drafted = Readonly<{ entryId: UserId; draft: UserDraft }>

/** What is known of those whose entries were not read again. */
export type KnownUsers = Readonly<{
  users: readonly User[]
  /** Of entries whose user has another id than they. */
  userIds: ReadonlyMap<UserId, UserId>
  /** Addresses of users who are disabled. */
  disabled: readonly string[]
  /** Users who had one of these addresses before: a rename does not enable them. */
  disabledBefore: readonly UserId[]
}>

/** A draft for everybody who is present and of whom something can be made. */
export function draftsOf({ present, entries, unfit }: Listing, known: KnownUsers): Drafted[] {
  const { userIds } = known
  const users = new Map(known.users.map(user => [user.id, user]))
  const read = new Map(entries.map(entry => [entry.entryId, entry]))
  const spoilt = new Set(unfit.map(({ entryId }) => entryId))
  const disabled = new Set(known.disabled.map(foldName))
  const had = new Set(known.disabledBefore)
  const isDisabled = ({ primarySmtpAddress, aliases }: User | Entry) =>
    [primarySmtpAddress, ...aliases].some(one => disabled.has(foldName(one)))
  const drafted: Drafted[] = []
  for (const entryId of present) {
    const id = userIds.get(entryId)
    const user = users.get(id ?? entryId)
    const fields = read.get(entryId) ?? user
    if (fields === undefined || spoilt.has(entryId)) continue
    const named = id === undefined ? { ownId: entryId } : { id }
    const enabled = !(isDisabled(fields) || (user && isDisabled(user)) || had.has(id ?? entryId))
    drafted.push({ entryId, draft: { ...draftOf(fields, named), enabled } })
  }
  return drafted
}

function draftOf(
  { primarySmtpAddress, aliases, principalName, sid, displayName }: User | Entry,
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

/** Those who can be taken together, what that does, and whoever or whatever was left out. */
export type Fitting = Readonly<{
  fit: readonly Drafted[]
  plan: ImportPlan
  unfit: readonly Unfit[]
}>

/**
 * Leaves out what contradicts, until the rest can be taken.
 *
 * @param rehearse - what an import of all drafts would do. Throws ConflictError
 */
export async function fitting(
  drafted: readonly Drafted[],
  rehearse: (drafts: readonly UserDraft[]) => Promise<ImportPlan>,
): Promise<Fitting> {
  const unfit: Unfit[] = []
  let fit = drafted
  for (;;) {
    try {
      return { fit, plan: await rehearse(fit.map(({ draft }) => draft)), unfit }
    } catch (error) {
      if (!(error instanceof ConflictError)) throw error
      const conflicts = Map.groupBy(error.conflicts, ({ index }) => index)
      fit = fit.flatMap((one, index) => {
        const found = conflicts.get(index) ?? []
        unfit.push(...found.map(conflict => unfitOf(one, conflict)))
        const draft = found.reduce(withoutContested, one.draft as UserDraft | undefined)
        return draft ? [{ ...one, draft }] : []
      })
    }
  }
}

function unfitOf({ entryId, draft }: Drafted, { message }: Conflict): Unfit {
  const problem = message.replace('another row', 'another entry')
  return { entryId, who: draft.primarySmtpAddress, problem }
}

/** The draft without a name, or nothing where the name is its primary address. */
function withoutContested(draft: UserDraft | undefined, { name }: Conflict): UserDraft | undefined {
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
