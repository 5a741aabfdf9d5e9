/**
 * Actions that change users, individually or by import. An ID belongs to a person permanently. A user who is
 * created again gets the same ID.
 *
 * @module
 */

import { userChangesIn } from '../directory/directory.ts'
import { foldName, type User, userId, withoutMemberships } from '../model/identity.ts'
import { isLargeRemoval, type RemovalConsent } from '../model/removals.ts'
import { countRolesNaming } from '../policy/naming.ts'
import {
  type Conflict,
  ConflictError,
  RemovalStopped,
  removalIn,
  type UserDraft,
} from '../store/store.ts'
import { type Action, action, type Call } from './action.ts'
import { NONE, replace, versionOf } from './concurrency.ts'
import * as contract from './contract/users.ts'
import { ApiError } from './errors.ts'
import { invalid, requireNone } from './problems.ts'
import { findUser } from './targets.ts'

const getUser = action(contract.getUser, async (call, { UserId }) =>
  onWire(await findUser(call, UserId)),
)

const putUser = action(contract.putUser, async (call, { Enabled, ExpectedVersion, ...input }) => {
  const draft = { ...draftOf(input), ...(Enabled !== undefined && { enabled: Enabled }) }
  const { before, after } = await putIf(ExpectedVersion, call, draft)
  call.changed(before && withoutMemberships(before), after)
  return { UserId: after.id, Version: versionOfUser(after) }
})

const deleteUser = action(contract.deleteUser, async (call, { UserId }) => {
  const before = await findUser(call, UserId)
  await call.ports.store.deleteUser(call.organization.id, before.id)
  call.changed(withoutMemberships(before), undefined)
  return {}
})

const importUsers = action(
  contract.importUsers,
  async (
    call,
    {
      Csv,
      Users,
      DryRun: dryRun = false,
      DeleteMissing: deleteMissing = false,
      DeleteAtMost: deleteAtMost,
      AcceptRemovals: acceptRemovals = false,
    },
  ) => {
    if ((Csv === undefined) === (Users === undefined))
      throw invalid('Give either Csv or Users, not both')
    if (deleteMissing && !dryRun && deleteAtMost === undefined)
      throw invalid('DeleteAtMost must be given if DeleteMissing is, unless DryRun is true')
    const { drafts, placeOf } = Users
      ? { drafts: Users.map(draftOf), placeOf: (i: number) => `Users[${i}]` }
      : await readCsv(call, Csv ?? '')
    if (drafts.length === 0 && deleteMissing)
      throw invalid('The input has no users, so DeleteMissing would delete all users')

    const { ports, organization } = call
    const consent = { acceptRemovals, ...(deleteAtMost !== undefined && { deleteAtMost }) }
    const plan = await ports.store
      .importUsers(organization.id, drafts, { dryRun, deleteMissing, ...consent })
      .catch((error: unknown) => explain(error, placeOf, consent))
    const deleted = deleteMissing ? plan.missing : []
    const users = userChangesIn(plan, deleted)
    call.changed(undefined, { dryRun, ...(users && { users: dryRun ? countsIn(users) : users }) })
    const roles = deleted.length === 0 ? [] : await ports.store.roles(organization.id)
    return {
      Created: plan.created.map(addressOf),
      Updated: plan.updated.map(addressOf),
      Deleted: deleted.map(addressOf),
      Unchanged: plan.unchanged,
      Missing: plan.missing.length,
      RolesNamingDeleted: countRolesNaming(roles, new Set(deleted.map(({ id }) => id))),
      NeedsAcceptRemovals: deleteMissing && isLargeRemoval(removalIn(plan)),
    }
  },
)

export const USER_WRITE_ACTIONS: readonly Action[] = [getUser, putUser, deleteUser, importUsers]

type Fields = Readonly<{
  UserId?: string
  PrimarySmtpAddress: string
  Aliases?: readonly string[]
  PrincipalName?: string
  Sid?: string
  DisplayName?: string
}>

const draftOf = (input: Fields): UserDraft => ({
  ...(input.UserId !== undefined && { id: userId(input.UserId) }),
  primarySmtpAddress: input.PrimarySmtpAddress,
  aliases: input.Aliases ?? [],
  ...(input.PrincipalName !== undefined && { principalName: input.PrincipalName }),
  ...(input.Sid !== undefined && { sid: input.Sid }),
  ...(input.DisplayName !== undefined && { displayName: input.DisplayName }),
})

type Draft = Parameters<Call['ports']['store']['putUser']>[1]
type Put = Readonly<{ before: User | undefined; after: User }>

function putIf(expected: string | undefined, call: Call, draft: Draft): Promise<Put> {
  if (expected === undefined) return putAnyway(call, draft)
  if (expected === NONE && draft.id === undefined) return putNew(call, draft)
  return putAsSeen(call, draft, expected)
}

/** Creates or replaces a user without a version check. Reads the existing user first, for the audit record. */
async function putAnyway({ ports, organization }: Call, draft: Draft): Promise<Put> {
  const { store } = ports
  const named = await store.userByName(organization.id, 'SmtpAddress', draft.primarySmtpAddress)
  const known = draft.id === undefined ? named : await store.user(organization.id, draft.id)
  const after = await store
    .putUser(organization.id, draft)
    .catch(error => explainUser(error, draft))
  return { before: known?.id === after.id ? known : undefined, after }
}

async function putAsSeen(call: Call, draft: Draft, expected: string): Promise<Put> {
  const { ports, organization } = call
  const { id } = draft
  if (id === undefined)
    throw invalid(`UserId must be given if ExpectedVersion is, unless ExpectedVersion is ${NONE}`)
  return await replace({
    expected,
    read: () => findUser(call, id),
    versionOf: versionOfUser,
    write: () =>
      ports.store.putUser(organization.id, draft).catch(error => explainUser(error, draft)),
  })
}

/** Creates a user, or restores a deleted one. @throws ApiError if another user has the address or the SID */
async function putNew(call: Call, draft: Draft): Promise<Put> {
  const { id: organization } = call.organization
  const { store } = call.ports
  const { primarySmtpAddress: address, sid } = draft
  const named = await store.userByName(organization, 'SmtpAddress', address)
  const withSid = sid === undefined ? undefined : await store.userByName(organization, 'SID', sid)
  requireNone([
    ...(named ? [unique('PrimarySmtpAddress', inUse(`the address ${address}`, named))] : []),
    ...(withSid ? [unique('Sid', inUse(`the SID ${sid}`, withSid))] : []),
  ])
  return await putAnyway(call, draft)
}

const inUse = (what: string, { primarySmtpAddress }: User) =>
  `${what} is already in use by ${primarySmtpAddress}`

/** @throws ApiError with every invalid line, and every line with a name that is in use */
async function readCsv({ ports, organization }: Call, csv: string) {
  const { drafts, lines, errors } = ports.parseUsers(csv)
  if (errors.length === 0) return { drafts, placeOf: (i: number) => `Csv line ${lines[i]}` }
  const conflicts = await ports.store
    .importUsers(organization.id, drafts, { dryRun: true, deleteMissing: false })
    .then(() => [], conflictsIn)
  const found = [
    ...errors,
    ...conflicts.map(({ index, message }) => ({ line: lines[index] ?? 0, message })),
  ].toSorted((one, other) => one.line - other.line)
  throw all(found.map(({ line, message }) => `Csv line ${line}: ${message}`))
}

function conflictsIn(error: unknown): readonly Conflict[] {
  if (!(error instanceof ConflictError)) throw error
  return error.conflicts
}

/** Throws an error that names the member whose value is in use. */
function explainUser(error: unknown, { primarySmtpAddress }: Draft): never {
  if (!(error instanceof ConflictError)) throw error
  const memberOf = ({ space, written }: NonNullable<Conflict['name']>) => {
    if (space !== 'address') return space === 'sid' ? 'Sid' : 'PrincipalName'
    return foldName(written) === foldName(primarySmtpAddress) ? 'PrimarySmtpAddress' : 'Aliases'
  }
  throw invalid(
    ...error.conflicts.map(({ message, name, isInUse }) =>
      name && isInUse ? unique(memberOf(name), message) : `The user: ${message}`,
    ),
  )
}

const unique = (member: string, why: string) => `${member} must be unique: ${why}`

/** Throws an error with every conflict, so that all can be corrected before the next import, or about the removal. */
function explain(
  error: unknown,
  placeOf: (index: number) => string,
  consent: RemovalConsent,
): never {
  if (error instanceof RemovalStopped) throw tooManyRemovals(error, consent)
  throw all(conflictsIn(error).map(({ index, message }) => `${placeOf(index)}: ${message}`))
}

function tooManyRemovals(
  { message, removal: { removed } }: RemovalStopped,
  { deleteAtMost }: RemovalConsent,
): ApiError {
  const why =
    deleteAtMost !== undefined && removed > deleteAtMost
      ? `and DeleteAtMost is ${deleteAtMost}`
      : 'which is more than a tenth, and AcceptRemovals is not true'
  return new ApiError('LimitExceededException', `${message}, ${why}. Nothing was changed`)
}

const all = (problems: readonly string[]) =>
  new ApiError('InvalidParameterException', problems.join('; '))

const addressOf = ({ primarySmtpAddress }: User) => primarySmtpAddress

/** Returns the numbers of a preview, whose users don't exist. */
const countsIn = ({ counts }: NonNullable<ReturnType<typeof userChangesIn>>) => ({ counts })

const versionOfUser = (user: User): string =>
  versionOf(
    user.primarySmtpAddress,
    user.aliases,
    user.principalName,
    user.sid,
    user.displayName,
    user.enabled,
  )

const onWire = (user: User) => ({
  UserId: user.id,
  PrimarySmtpAddress: user.primarySmtpAddress,
  Aliases: user.aliases,
  ...(user.principalName !== undefined && { PrincipalName: user.principalName }),
  ...(user.sid !== undefined && { Sid: user.sid }),
  ...(user.displayName !== undefined && { DisplayName: user.displayName }),
  Enabled: user.enabled,
  Version: versionOfUser(user),
})
