/**
 * Records of the audit, as the file has them.
 *
 * @module
 */

import type { AuditRecord } from '../api/history.ts'

/** A rule that had a part in a decision, and the page that shows it. */
export type RuleLink = Readonly<{ id: string; path: string }>

/** Of a role, or of access control where that refused. */
export function rulesOf({ reason, roleId, matchedRules = [] }: AuditRecord): readonly RuleLink[] {
  return matchedRules.flatMap(id => {
    if (reason === 'access-control-denies')
      return [{ id, path: `/access-control/rules/${encodeURIComponent(id)}` }]
    if (roleId === undefined) return []
    return [{ id, path: `/roles/${roleId}?rule=${encodeURIComponent(id)}` }]
  })
}

/** One member that a change has changed, as text. */
export type ChangedMember = Readonly<{ name: string; before: string; after: string }>

/** What differs between what stood there and what stands there, member by member. */
export function changedMembers(before: unknown, after: unknown): readonly ChangedMember[] {
  const [old, fresh] = [membersOf(before), membersOf(after)]
  const names = new Set([...Object.keys(old), ...Object.keys(fresh)])
  return [...names]
    .map(name => ({ name, before: textOf(old[name]), after: textOf(fresh[name]) }))
    .filter(member => member.before !== member.after)
}

/** `Created`, `Deleted`, the names of what changed, or how many users an import changed. */
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
  if (dryRun === true) return 'Nothing: a preview'
  const counts = Object.entries(lists).flatMap(([name, ids]) =>
    Array.isArray(ids) && ids.length > 0 ? [`${ids.length} ${name}`] : [],
  )
  return counts.join(', ') || 'Nothing'
}

const membersOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? { ...value } : {}

function textOf(value: unknown): string {
  if (value === undefined) return ''
  return typeof value === 'string' ? value : JSON.stringify(value, null, 2)
}
