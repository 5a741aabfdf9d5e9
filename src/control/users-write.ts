/**
 * The actions that change users: one of them, or all at once.
 *
 * An id belongs to a person for ever: whoever comes back has the same one.
 *
 * @module
 */

import { z } from 'zod'
import {
  isAddress,
  isPrincipalName,
  isSid,
  isUserId,
  type User,
  userId,
  withoutMemberships,
} from '../model/identity.ts'
import { ConflictError, type ImportPlan, type UserDraft } from '../store/store.ts'
import { type Action, action, type Call } from './action.ts'
import { replace, versionOf } from './concurrency.ts'
import { ApiError } from './errors.ts'
import { invalid, mustBe } from './problems.ts'
import {
  entityIdentifierShape,
  expectedVersionShape,
  flag,
  list,
  organizationIdShape,
  structure,
  textThat,
} from './shapes.ts'
import { findUser } from './targets.ts'

const service = 'EwsGateway'

const userIdShape = textThat(
  'the id of a user, a UUID in lower case or of the form S-1-1-…',
  isUserId,
)
const addressShape = textThat('an address, like alice@example.com', isAddress)

const fields = {
  PrimarySmtpAddress: addressShape,
  Aliases: list(addressShape, 'addresses').exactOptional(),
  PrincipalName: textThat('a principal name, without blanks', isPrincipalName).exactOptional(),
  Sid: textThat('a SID of the form S-1-5-21-…', isSid).exactOptional(),
  DisplayName: textThat(
    '1 to 256 characters, without control characters',
    value => /^[^\p{Cc}]{1,256}$/u.test(value) && value.isWellFormed(),
  ).exactOptional(),
}

const getUser = action({
  service,
  name: 'GetUser',
  summary:
    'Gives everything of a user, by id, address, principal name or SID, with the Version that PutUser expects.',
  audited: undefined,
  input: structure({ OrganizationId: organizationIdShape, UserId: entityIdentifierShape }),
  run: async (call, { UserId }) => onWire(await findUser(call, UserId)),
})

const putUser = action({
  service,
  name: 'PutUser',
  summary:
    'Changes the user of this UserId, or creates one, or finds again who was deleted; what is left out is cleared, but Enabled stays. A name that the user loses stays with the user, until ReleaseName frees it. A disabled user cannot be impersonated. Gives UserId and Version.',
  audited: 'change',
  byHand: true,
  input: structure({
    OrganizationId: organizationIdShape,
    UserId: userIdShape.exactOptional(),
    ...fields,
    Enabled: flag().exactOptional(),
    ExpectedVersion: expectedVersionShape.exactOptional(),
  }),
  run: async (call, { Enabled, ExpectedVersion, ...input }) => {
    const draft = { ...draftOf(input), ...(Enabled !== undefined && { enabled: Enabled }) }
    const { before, after } =
      ExpectedVersion === undefined
        ? await putAnyway(call, draft)
        : await putAsSeen(call, draft, ExpectedVersion)
    call.changed(before && withoutMemberships(before), after)
    return { UserId: after.id, Version: versionOfUser(after) }
  },
})

const deleteUser = action({
  service,
  name: 'DeleteUser',
  summary:
    'Deletes a user, by id, address, principal name or SID. The names stay with the id, and rules that name it stay in force.',
  audited: 'change',
  byHand: true,
  input: structure({ OrganizationId: organizationIdShape, UserId: entityIdentifierShape }),
  run: async (call, { UserId }) => {
    const before = await findUser(call, UserId)
    await call.ports.store.deleteUser(call.organization.id, before.id)
    call.changed(withoutMemberships(before), undefined)
    return {}
  },
})

const importUsers = action({
  service,
  name: 'ImportUsers',
  summary:
    'Makes the users what Csv or Users says, all or nothing; with DeleteMissing all others are deleted; with DryRun nothing is written. Gives the addresses Created, Updated and Deleted, and how many are Unchanged or Missing. For more than a body holds, there is `ews-gateway users import`.',
  audited: 'change',
  byHand: true,
  input: structure({
    OrganizationId: organizationIdShape,
    Csv: z
      .string(mustBe('CSV text'))
      .exactOptional()
      .meta({ description: 'A file as users.md describes it.' }),
    Users: list(
      structure({ UserId: userIdShape.exactOptional(), ...fields }),
      'users',
    ).exactOptional(),
    DryRun: flag().exactOptional(),
    DeleteMissing: flag().exactOptional(),
  }),
  run: async (
    call,
    { Csv, Users, DryRun: dryRun = false, DeleteMissing: deleteMissing = false },
  ) => {
    if ((Csv === undefined) === (Users === undefined))
      throw invalid('Either Csv or Users must be given, and not both')
    const { drafts, placeOf } = Users
      ? { drafts: Users.map(draftOf), placeOf: (i: number) => `Users[${i}]` }
      : readCsv(call, Csv ?? '')
    if (drafts.length === 0 && deleteMissing)
      throw invalid('There are no users in it, and DeleteMissing would delete everyone')

    const { ports, organization } = call
    const plan = await ports.store
      .importUsers(organization.id, drafts, { dryRun, deleteMissing })
      .catch((error: unknown) => explain(error, placeOf))
    const deleted = deleteMissing ? plan.missing : []
    call.changed(undefined, { dryRun, ...idsOf(plan, deleted) })
    return {
      Created: plan.created.map(addressOf),
      Updated: plan.updated.map(addressOf),
      Deleted: deleted.map(addressOf),
      Unchanged: plan.unchanged,
      Missing: plan.missing.length,
    }
  },
})

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

/** Whoever the draft turns out to be: for the audit, that user is looked for first. */
async function putAnyway({ ports, organization }: Call, draft: Draft): Promise<Put> {
  const { store } = ports
  const named = await store.userByName(organization.id, 'SmtpAddress', draft.primarySmtpAddress)
  const known = draft.id === undefined ? named : await store.user(organization.id, draft.id)
  const after = await store
    .putUser(organization.id, draft)
    .catch((error: unknown) => explain(error, () => 'The user'))
  return { before: known?.id === after.id ? known : undefined, after }
}

async function putAsSeen(call: Call, draft: Draft, expected: string): Promise<Put> {
  const { ports, organization } = call
  const { id } = draft
  if (id === undefined) throw invalid('UserId must be given where ExpectedVersion is')
  return await replace({
    expected,
    read: () => findUser(call, id),
    versionOf: versionOfUser,
    write: present =>
      ports.store
        .putUser(organization.id, draft, { replacing: present })
        .catch((error: unknown) => explain(error, () => 'The user')),
  })
}

function readCsv({ ports }: Call, csv: string) {
  const { drafts, lines, errors } = ports.parseUsers(csv)
  if (errors.length > 0)
    throw all(errors.map(({ line, message }) => `Csv line ${line}: ${message}`))
  return { drafts, placeOf: (i: number) => `Csv line ${lines[i]}` }
}

/** Every conflict: an import is corrected whole. */
function explain(error: unknown, placeOf: (index: number) => string): never {
  if (!(error instanceof ConflictError)) throw error
  throw all(error.conflicts.map(({ index, message }) => `${placeOf(index)}: ${message}`))
}

const all = (problems: readonly string[]) =>
  new ApiError('InvalidParameterException', problems.join('; '))

const addressOf = ({ primarySmtpAddress }: User) => primarySmtpAddress

const idsOf = ({ created, updated }: ImportPlan, deleted: readonly User[]) => ({
  created: created.map(({ id }) => id),
  updated: updated.map(({ id }) => id),
  deleted: deleted.map(({ id }) => id),
})

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
