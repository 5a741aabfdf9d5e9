/**
 * Reads audit records: the rules that they name, and the fields that a change changed.
 *
 * @module
 */

import type { AuditRecord, Change } from '../api/history.ts'

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

/** Kinds of records of sign-ins, by their actions. */
const SIGNS: Readonly<Record<string, string>> = {
  'ewsgateway:SignIn': 'Sign-in to the console',
  'ewsgateway:SignOut': 'Sign-out from the console',
}

/** Returns the kind of a record that is not a decision. */
export function kindOfRecord({ type, action = '' }: AuditRecord): string {
  if (type === 'call') return 'Denied call'
  return SIGNS[action] ?? (type === 'assume' ? 'Token' : 'Change')
}

/** Returns the title of the page of a record. */
export function titleOf(record: AuditRecord): string {
  const { type, operation, userAddress, connectingSid, action = 'Change', roleName } = record
  const sign = SIGNS[action]
  if (sign !== undefined) return sign
  if (type === 'assume') return `Token for ${roleName ?? 'a role'}`
  if (type !== 'decision') {
    const { id, name = id } = record.object ?? {}
    return [action.replace(/^\w+:/, ''), name].filter(Boolean).join(': ')
  }
  const mailbox = userAddress ?? connectingSid?.value
  return `${operation ?? 'Request'}${mailbox === undefined ? '' : ` in ${mailbox}`}`
}

/** Members of a change that say what it is about. */
export type ObjectOfChange = Pick<
  Change,
  'Action' | 'ObjectType' | 'ObjectId' | 'ObjectName' | 'Before' | 'After'
>

/** Returns the object of a record as a list of changes has it. */
export const objectOfRecord = ({ action = '', object, before, after }: AuditRecord) =>
  ({
    Action: action,
    ...(object && { ObjectType: object.type }),
    ...(object?.id !== undefined && { ObjectId: object.id }),
    ...(object?.name !== undefined && { ObjectName: object.name }),
    Before: before,
    After: after,
  }) satisfies ObjectOfChange

/** Paths of the pages of objects, which their ID follows. */
const PAGES: Readonly<Partial<Record<NonNullable<Change['ObjectType']>, string>>> = {
  ROLE: '/roles',
  ACCESS_CONTROL_RULE: '/access-control/rules',
  PRINCIPAL: '/principals',
  USER: '/users',
  GROUP: '/groups',
}

/** Returns the path of the page of an object; undefined if it has no page, or the change deleted it. */
export function pageOfObject(change: ObjectOfChange): string | undefined {
  const { Action, ObjectType: type, ObjectId, ObjectName, Before, After } = change
  if (type === 'PROTECTED_MAILBOXES') return '/protected-mailboxes'
  if (type === 'ACCESS_KEY') {
    // The page of a key is that of its principal, which a deletion of the key leaves.
    const { principalId: id } = membersOf(After ?? Before)
    return typeof id === 'string' ? `/principals/${id}` : undefined
  }
  const page = type && PAGES[type]
  // The ID of an access control rule is its name.
  const id = ObjectId ?? (type === 'ACCESS_CONTROL_RULE' ? ObjectName : undefined)
  const isDeletion = /:Delete(?!RoleShadow)/.test(Action)
  return page === undefined || id === undefined || isDeletion
    ? undefined
    : `${page}/${encodeURIComponent(id)}`
}

/** Changed member, with its values. A value is undefined if the state doesn't have the member. */
export type ChangedMember = Readonly<{ name: string; before: unknown; after: unknown }>

/** Returns the members that differ between two states. */
export function changedMembers(before: unknown, after: unknown): readonly ChangedMember[] {
  const [old, fresh] = [membersOf(before), membersOf(after)]
  const names = new Set([...Object.keys(old), ...Object.keys(fresh)])
  return [...names]
    .filter(name => JSON.stringify(old[name]) !== JSON.stringify(fresh[name]))
    .map(name => ({ name, before: old[name], after: fresh[name] }))
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
