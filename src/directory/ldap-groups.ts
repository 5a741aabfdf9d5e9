/**
 * The groups of Active Directory, with whoever is in them.
 *
 * @module
 */

import { groupId, isAddress, type UserId } from '../model/identity.ts'
import { DirectoryError, type GroupEntry, type Unfit } from './directory.ts'
import { type Attributes, addressesOf, idOf, textsOf } from './ldap-entry.ts'

export const GROUP_ATTRIBUTES = [
  'objectGUID',
  'sAMAccountName',
  'cn',
  'mail',
  'proxyAddresses',
  'member',
]

/** Asks an entry for one attribute more. */
export type AskMore = (dn: string, attribute: string) => Promise<Attributes | undefined>

/** Whose names lead to whom; names are compared without case. */
export type Named = ReadonlyMap<string, UserId>

export const byName = (entries: readonly Attributes[]): Named =>
  new Map(
    entries.flatMap(entry => {
      const id = idOf(entry)
      return id === undefined ? [] : [[nameOf(entry), id] as const]
    }),
  )

/**
 * Groups as their entries describe them. Members who are neither users nor groups here, like contacts
 * and computers, are nobody's affair.
 *
 * @param users - by their distinguished names
 * @param more - for the members of a large group, which the server tells in parts
 */
export async function groupsOf(
  entries: readonly Attributes[],
  users: Named,
  more: AskMore,
): Promise<Readonly<{ groups: readonly GroupEntry[]; unfit: readonly Unfit[] }>> {
  const known = byName(entries)
  const groups: GroupEntry[] = []
  const unfit: Unfit[] = []
  for (const entry of entries) {
    const [name] = [...textsOf(entry, 'sAMAccountName'), ...textsOf(entry, 'cn')]
    const entryId = idOf(entry)
    if (entryId === undefined || name === undefined || !isGroupName(name)) {
      unfit.push({
        who: textsOf(entry, 'dn')[0] ?? 'a group',
        problem: 'is a group without a name or id that can be used',
      })
      continue
    }
    const [address] = addressesOf(entry).primaries.filter(isAddress)
    const members = (await membersOf(entry, more)).map(fold)
    groups.push({
      entryId: groupId(entryId),
      name,
      ...(address !== undefined && { primarySmtpAddress: address }),
      users: members.flatMap(member => users.get(member) ?? []),
      groups: members.flatMap(member => known.get(member) ?? []).map(groupId),
    })
  }
  return { groups, unfit }
}

/**
 * All members. A server tells of a large group a part, under a name that says which: the next part
 * begins after it, and the last one ends with `*`.
 */
export async function membersOf(entry: Attributes, more: AskMore): Promise<readonly string[]> {
  const [dn = ''] = textsOf(entry, 'dn')
  const members = [...textsOf(entry, 'member')]
  let part: Attributes | undefined = entry
  for (;;) {
    const range = rangeIn(part)
    if (range === undefined) return members
    members.push(...textsOf(part, range.attribute))
    if (range.last === '*') return members
    part = await more(dn, `member;range=${Number(range.last) + 1}-*`)
    if (part === undefined || rangeIn(part) === undefined)
      throw new DirectoryError(`The members of ${dn} were told in part only`)
  }
}

function rangeIn(entry: Attributes | undefined) {
  for (const attribute of Object.keys(entry ?? {})) {
    const [, last] = /^member;range=\d+-(\d+|\*)$/i.exec(attribute) ?? []
    if (last !== undefined && textsOf(entry ?? {}, attribute).length > 0) return { attribute, last }
  }
  return undefined
}

const isGroupName = (name: string) => /^[^\p{Cc}]{1,256}$/u.test(name) && name.isWellFormed()

const nameOf = (entry: Attributes) => fold(textsOf(entry, 'dn')[0] ?? '')

const fold = (dn: string) => dn.toLowerCase()
