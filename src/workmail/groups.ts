/**
 * WorkMail's groups as groups here.
 *
 * A group is made whole or not at all, and so is a role that names it: a member who is left out could
 * be let in by it.
 *
 * @module
 */

import { groupId, isAddress, isGroupId, userId } from '../model/identity.ts'
import type { GroupDraft } from '../store/store.ts'
import type { WorkMailGroup } from './workmail.ts'

/** Groups to be made, and a line for everything that does not fit. */
export type Groups = Readonly<{ drafts: readonly GroupDraft[]; unfit: readonly string[] }>

/** @param isSomebodyElse - whether this is the id of another person here */
export function groupsOf(
  groups: readonly WorkMailGroup[],
  isSomebodyElse: (id: string) => boolean,
): Groups {
  const drafts: GroupDraft[] = []
  const unfit: string[] = []
  for (const group of groups) {
    const flaw = flawOf(group, isSomebodyElse)
    if (flaw !== undefined) {
      unfit.push(`group ${group.name} (${group.id}) is not made: ${flaw}`)
      continue
    }
    const { id, name, email, members } = group
    const isKept = email !== undefined && isAddress(email)
    if (email !== undefined && !isKept)
      unfit.push(`group ${name}: its address ${JSON.stringify(email)} cannot be one here`)
    const idsOf = (type: string) => members.filter(one => one.type === type).map(one => one.id)
    drafts.push({
      id: groupId(id),
      name,
      ...(isKept && { primarySmtpAddress: email }),
      users: idsOf('USER').map(userId),
      groups: idsOf('GROUP').map(groupId),
    })
  }
  return { drafts, unfit }
}

/** Without the groups in which another one is that is not made, and those in which these are. */
export function wholeGroups(
  drafts: readonly GroupDraft[],
  groups: readonly WorkMailGroup[],
): Groups {
  const unfit: string[] = []
  let whole = drafts
  for (;;) {
    const made = new Set<string | undefined>(whole.map(({ id }) => id))
    const missing = new Set(groups.map(({ id }) => id).filter(id => !made.has(id)))
    const broken = whole.filter(draft => draft.groups.some(id => missing.has(id)))
    if (broken.length === 0) return { drafts: whole, unfit }
    unfit.push(...broken.map(({ name }) => `group ${name} is not made: a group in it is not`))
    whole = whole.filter(draft => !broken.includes(draft))
  }
}

function flawOf(
  { id, name, state, members }: WorkMailGroup,
  isSomebodyElse: (id: string) => boolean,
): string | undefined {
  if (state !== 'ENABLED' && state !== 'DISABLED') return state
  if (!isGroupId(id)) return 'its id cannot be one here'
  if (!/^[^\p{Cc}]{1,256}$/u.test(name)) return 'its name cannot be one here'
  const stranger = members.find(one => isSomebodyElse(one.id))
  return stranger && `its member ${stranger.id} is somebody else here`
}
