/**
 * Reads the groups of Active Directory, with their members.
 *
 * @module
 */

import { groupId, isAddress, type UserId } from '../model/identity.ts'
import { DirectoryError, type GroupEntry, type SkippedEntry } from './directory.ts'
import { type Attributes, addressesOf, idOf, textsOf } from './ldap-entry.ts'

/** Attributes of a group that are read. */
export const GROUP_ATTRIBUTES = [
  'objectGUID',
  'sAMAccountName',
  'cn',
  'mail',
  'proxyAddresses',
  'member',
]

/** Reads one more attribute of an entry. */
export type FetchAttribute = (dn: string, attribute: string) => Promise<Attributes | undefined>

/** Entry IDs by the lowercase distinguished name. */
export type IdsByName = ReadonlyMap<string, UserId>

/** Returns the IDs of entries by their distinguished names. */
export const byName = (entries: readonly Attributes[]): IdsByName =>
  new Map(
    entries.flatMap(entry => {
      const id = idOf(entry)
      return id === undefined ? [] : [[nameOf(entry), id] as const]
    }),
  )

/**
 * Returns the groups of entries. Ignores members that are neither users nor groups, such as contacts and computers.
 *
 * @param users - entry IDs of users by their distinguished names
 * @param fetch - reads further members of a large group, because the server returns its members in parts
 */
export async function groupsOf(
  entries: readonly Attributes[],
  users: IdsByName,
  fetch: FetchAttribute,
): Promise<Readonly<{ groups: readonly GroupEntry[]; unfit: readonly SkippedEntry[] }>> {
  const known = byName(entries)
  const groups: GroupEntry[] = []
  const unfit: SkippedEntry[] = []
  for (const entry of entries) {
    const [name] = [...textsOf(entry, 'sAMAccountName'), ...textsOf(entry, 'cn')]
    const entryId = idOf(entry)
    if (entryId === undefined || name === undefined || !isGroupName(name)) {
      unfit.push({
        who: textsOf(entry, 'dn')[0] ?? 'a group',
        problem: 'is a group without a valid name or objectGUID',
      })
      continue
    }
    const [address] = addressesOf(entry).primaries.filter(isAddress)
    const members = (await membersOf(entry, fetch)).map(fold)
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
 * Returns all members of a group. A server returns the members of a large group in parts. The attribute name of
 * each part contains its range. The range of the last part ends with `*`.
 *
 * @throws DirectoryError if a part is missing
 */
export async function membersOf(
  entry: Attributes,
  fetch: FetchAttribute,
): Promise<readonly string[]> {
  const [dn = ''] = textsOf(entry, 'dn')
  const members = [...textsOf(entry, 'member')]
  let part: Attributes | undefined = entry
  for (;;) {
    const range = rangeIn(part)
    if (range === undefined) return members
    members.push(...textsOf(part, range.attribute))
    if (range.last === '*') return members
    part = await fetch(dn, `member;range=${Number(range.last) + 1}-*`)
    if (part === undefined || rangeIn(part) === undefined)
      throw new DirectoryError(`The directory returned only some of the members of ${dn}`)
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
