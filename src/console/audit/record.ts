/**
 * Reads audit records: the rules that they name, and the fields that a change changed.
 *
 * @module
 */

import type { AuditRecord } from '../api/history.ts'
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

/** Returns `Created`, `Deleted`, the names of the changed members, or the number of users that an import changed. */
export function changeInWords(before: unknown, after: unknown): string {
  if (before === undefined && after === undefined) return ''
  if (before === undefined && 'dryRun' in membersOf(after)) return importInWords(membersOf(after))
  if (before === undefined) return 'Created'
  if (after === undefined) return 'Deleted'
  return changedMembers(before, after)
    .map(({ name }) => name)
    .join(', ')
}

function importInWords({ dryRun, ...lists }: Readonly<Record<string, unknown>>): string {
  if (dryRun === true) return 'Preview only'
  const counts = Object.entries(lists).flatMap(([name, ids]) =>
    Array.isArray(ids) && ids.length > 0 ? [`${ids.length} ${name}`] : [],
  )
  return counts.join(', ') || 'No changes'
}

const membersOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? { ...value } : {}
