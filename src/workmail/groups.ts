/**
 * Converts WorkMail groups to groups of the gateway.
 *
 * A group is imported with all members or not at all, and a role is imported only with all groups that it names. If
 * a member were missing, a rule that denies the group would no longer deny that member.
 *
 * @module
 */

import { groupId, isAddress, isGroupId, userId } from '../model/identity.ts'
import type { GroupDraft } from '../store/store.ts'
import type { WorkMailGroup } from './workmail.ts'

/** Groups to import, and a line for each group or address that is skipped. */
export type ImportedGroups = Readonly<{
  drafts: readonly GroupDraft[]
  skipped: readonly string[]
}>

/**
 * Returns the groups to import.
 *
 * @param isAnotherUser - whether an address of the user with this ID belongs to another user of the gateway
 */
export function groupsOf(
  groups: readonly WorkMailGroup[],
  isAnotherUser: (id: string) => boolean,
): ImportedGroups {
  const drafts: GroupDraft[] = []
  const skipped: string[] = []
  for (const group of groups) {
    const flaw = flawOf(group, isAnotherUser)
    if (flaw !== undefined) {
      skipped.push(`group ${group.name} (${group.id}) is not imported: ${flaw}`)
      continue
    }
    const { id, name, email, members } = group
    const isKept = email !== undefined && isAddress(email)
    if (email !== undefined && !isKept)
      skipped.push(
        `group ${name} is imported without its address ${JSON.stringify(email)}, which is not an ASCII address like alice@example.com`,
      )
    const idsOf = (type: string) => members.filter(one => one.type === type).map(one => one.id)
    drafts.push({
      id: groupId(id),
      name,
      ...(isKept && { primarySmtpAddress: email }),
      users: idsOf('USER').map(userId),
      groups: idsOf('GROUP').map(groupId),
    })
  }
  return { drafts, skipped }
}

/** Leaves out groups that have a skipped group as a direct or indirect member. */
export function completeGroups(
  drafts: readonly GroupDraft[],
  groups: readonly WorkMailGroup[],
): ImportedGroups {
  const skipped: string[] = []
  let complete = drafts
  for (;;) {
    const imported = new Set<string | undefined>(complete.map(({ id }) => id))
    const missing = new Set(groups.map(({ id }) => id).filter(id => !imported.has(id)))
    const incomplete = complete.filter(draft => draft.groups.some(id => missing.has(id)))
    if (incomplete.length === 0) return { drafts: complete, skipped }
    skipped.push(
      ...incomplete.map(
        ({ name }) => `group ${name} is not imported: a group in it is not imported`,
      ),
    )
    complete = complete.filter(draft => !incomplete.includes(draft))
  }
}

function flawOf(
  { id, name, state, members }: WorkMailGroup,
  isAnotherUser: (id: string) => boolean,
): string | undefined {
  if (state !== 'ENABLED' && state !== 'DISABLED') return `its state is ${state}`
  if (!isGroupId(id)) return 'its ID is neither a lowercase UUID nor a SID that begins with S-1-1-'
  if (!/^[^\p{Cc}]{1,256}$/u.test(name))
    return 'its name is not 1 to 256 characters without control characters. Rename it in WorkMail'
  const other = members.find(one => isAnotherUser(one.id))
  return other && `an address of its member ${other.id} belongs to another user of the gateway`
}
