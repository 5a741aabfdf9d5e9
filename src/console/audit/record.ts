/**
 * Reads audit records: the rules that they name, and the fields that a change changed.
 *
 * @module
 */

import type { AuditRecord, Change } from '../api/history.ts'
import { textOfState } from './long-lists.ts'

/** Rule that produced a decision, and the path of its page. */
export type RuleLink = Readonly<{ id: string; path: string }>

/** Returns the rules of the role, or the access control rules if they denied the request. */
export function rulesOf({ reason, roleId, matchedRules = [] }: AuditRecord): readonly RuleLink[] {
  return matchedRules.flatMap(id => {
    if (reason === 'access-control-denies')
      return [{ id, path: `/access-control/rules/${encodeURIComponent(id)}` }]
    if (roleId === undefined) return []
    return [{ id, path: `/roles/${roleId}?rule=${encodeURIComponent(id)}` }]
  })
}

/** Changed member, with its values as text, and the length of a long list in place of its entries. */
export type ChangedMember = Readonly<{ name: string; before: string; after: string }>

/** Returns the members that differ between two states. */
export function changedMembers(before: unknown, after: unknown): readonly ChangedMember[] {
  const [old, fresh] = [membersOf(before), membersOf(after)]
  const names = new Set([...Object.keys(old), ...Object.keys(fresh)])
  return [...names]
    .filter(name => JSON.stringify(old[name]) !== JSON.stringify(fresh[name]))
    .map(name => ({ name, before: textOfState(old[name]), after: textOfState(fresh[name]) }))
}

/**
 * Returns the reason of a denial, the numbers of changed users and groups, `Created`, `Deleted`, or the names of the
 * changed members.
 */
export function changeInWords({
  Reason,
  Count = 1,
  Counts,
  DryRun,
  ObjectType,
  Before,
  After,
}: Change): string {
  if (Reason !== undefined) return Count > 1 ? `${Reason} (${Count} calls)` : Reason
  if (DryRun) return 'Preview only'
  if (Counts !== undefined) return countsInWords(Counts)
  if (Before === undefined && After === undefined) return ''
  if (Before === undefined) return ObjectType === undefined ? '' : 'Created'
  if (After === undefined) return 'Deleted'
  return changedMembers(Before, After)
    .map(({ name }) => name)
    .join(', ')
}

function countsInWords(counts: NonNullable<Change['Counts']>): string {
  const all = [
    [counts.Created, 'created'],
    [counts.Updated, 'updated'],
    [counts.Deleted, 'deleted'],
    [counts.GroupsCreated, 'groups created'],
    [counts.GroupsUpdated, 'groups updated'],
    [counts.GroupsDeleted, 'groups deleted'],
  ] as const
  const changed = all.filter(([count = 0]) => count > 0)
  return (
    changed.map(([count, what]) => `${count?.toLocaleString('en')} ${what}`).join(', ') ||
    'No changes'
  )
}

const membersOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? { ...value } : {}
