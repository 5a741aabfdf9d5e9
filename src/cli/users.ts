/**
 * `ews-gateway users`: imports the users of an organization from a CSV file, and exports them.
 *
 * @module
 */

import { createReadStream } from 'node:fs'
import { ownChange } from '../app/outbox.ts'
import { openStoreOf } from '../app/policy.ts'
import type { Config, OrganizationConfig } from '../config/schema.ts'
import { readProblem } from '../config/secrets.ts'
import type { MasterKey } from '../credentials/master-key.ts'
import { loadOrMakeMasterKey, verifyMasterKey } from '../credentials/master-key-file.ts'
import { formatUsers, readUsers } from '../directory/csv.ts'
import { CsvDecoder, CsvTextError } from '../directory/csv-text.ts'
import { type ParsedUsers, type RowError, userChangesIn } from '../directory/directory.ts'
import { objectOf } from '../model/changed-object.ts'
import { foldName, organizationId, type User } from '../model/identity.ts'
import { describeMigrated, type OnMigrated } from '../model/migrated.ts'
import { isLargeRemoval, type Removal, type RemovalConsent } from '../model/removals.ts'
import type { ImpersonationRole } from '../model/role.ts'
import { countRolesNaming } from '../policy/naming.ts'
import {
  ConflictError,
  type ImportOptions,
  type ImportPlan,
  RemovalStopped,
  type Store,
  writesAnything,
} from '../store/store.ts'
import { openForDryRun, openToRead } from './stores.ts'

/** An import or export failed. The message has a line for each reason. */
export class UsersError extends Error {
  override readonly name = 'UsersError'
}

/** Arguments and options of `users import`. It removes users only with `deleteAtMost`. */
export type ImportSettings = Readonly<{
  /** ID or alias of the organization. */
  organization: string
  file: string
  /** Print the changes without writing them. */
  dryRun: boolean
  deleteMissing: boolean
}> &
  RemovalConsent

/** Output of a command: results, and warnings. */
export type Output = Readonly<{ print: (text: string) => void; warn: (line: string) => void }>

/**
 * Imports the users of an organization from a CSV file, all or none. Prints the changes before it writes them.
 *
 * @throws UsersError with every invalid line of the file, and every line with a name that is in use
 */
export async function importUsers(
  config: Config,
  settings: ImportSettings,
  { print, warn }: Output,
): Promise<void> {
  const { file, dryRun, deleteMissing, deleteAtMost = 0, acceptRemovals = false } = settings
  const organization = organizationOf(config, settings.organization)
  requireImportedUsers(organization)
  const rows = await readRows(config, organization, file)
  if (rows.drafts.length === 0 && deleteMissing)
    throw new UsersError(
      `${file}: contains no users, so --delete-missing would remove all users. Check the file, or omit --delete-missing`,
    )

  const opened = dryRun ? openForDryRun(config) : openStoreOf(config, warnOfMigrations(warn))
  await using(await opened, async store => {
    const take = (store: Store, options: ImportOptions) =>
      store.importUsers(organization.id, rows.drafts, options).catch(explainProblems(file, rows))
    const plan = await take(store, { dryRun: true, deleteMissing })
    const roles = deleteMissing ? await store.roles(organization.id) : []
    print(summaryOf(organization, plan, deleteMissing, roles))
    if (dryRun) return print('Dry run: nothing was written.\n')
    if (!writesAnything(plan, deleteMissing)) return print('Nothing to write.\n')

    await keepMasterKey(config, store, warn)
    const done = await store.change(organizationId(organization.id), async transaction => {
      const consent = { deleteAtMost, acceptRemovals }
      const made = await take(transaction, { dryRun: false, deleteMissing, ...consent })
      const deleted = deleteMissing ? made.missing : []
      const users = userChangesIn(made, deleted)
      const after = { dryRun: false, ...(users && { users }) }
      const change = {
        organizationId: organization.id,
        ...(await transaction.recordedVersion(organization.id)),
        action: 'ewsgateway:ImportUsers',
        object: objectOf('USERS', after),
        after,
      }
      const result = resultOf(made, deleted)
      return { result, records: ownChange(change), claimed: false }
    })
    print(done)
  })
}

/** Prints the users of an organization as CSV that can be imported. @throws Failure if there is no store */
export async function exportUsers(config: Config, name: string, { print }: Output): Promise<void> {
  const { id } = organizationOf(config, name)
  await using(await openToRead(config), async store => print(formatUsers(await store.users(id))))
}

/**
 * Returns the organization with an ID or alias.
 *
 * @throws UsersError if there is none; the message lists the organizations of the configuration
 */
export function organizationOf({ organizations }: Config, name: string): OrganizationConfig {
  const wanted = foldName(name)
  const found = organizations.find(({ id, alias }) => id === wanted || foldName(alias) === wanted)
  if (found) return found
  const known = organizations.map(({ id, alias }) => `${alias} (${id})`).join(', ')
  throw new UsersError(`Unknown organization ${name}. The configuration has ${known}`)
}

/** @throws UsersError if the users of the organization come from a directory */
export function requireImportedUsers({ alias, directory }: OrganizationConfig): void {
  if (directory.kind === 'store') return
  throw new UsersError(
    `The users of ${alias} come from its directory (directory.kind ${directory.kind}). Change them there, and run ews-gateway directory sync`,
  )
}

/** @throws UsersError if the file cannot be read, or with every invalid line */
export async function checkUsersFile(file: string): Promise<void> {
  const { errors } = await readUsers(textOf(file))
  if (errors.length > 0) throw invalidLines(file, errors)
}

async function readRows(config: Config, { id }: OrganizationConfig, file: string) {
  const { errors, ...rows } = await readUsers(textOf(file))
  if (errors.length === 0) return rows
  const options = { dryRun: true, deleteMissing: false }
  const conflicts = await using(await openForDryRun(config), store =>
    store.importUsers(id, rows.drafts, options).then(() => [], conflictsIn(rows)),
  )
  throw invalidLines(file, [...errors, ...conflicts])
}

/** Returns a function that returns the conflicts of an import with their lines, and rethrows other errors. */
const conflictsIn =
  ({ lines }: Pick<ParsedUsers, 'lines'>) =>
  (error: unknown): readonly RowError[] => {
    if (!(error instanceof ConflictError)) throw error
    return error.conflicts.map(({ index, message }) => ({ line: lines[index] ?? 0, message }))
  }

function invalidLines(file: string, errors: readonly RowError[], cause?: unknown): UsersError {
  const sorted = errors.toSorted((one, other) => one.line - other.line)
  const lines = sorted.map(({ line, message }) => `${file}:${line}: ${message}`)
  return new UsersError([...lines, NOTHING_WRITTEN].join('\n'), { cause })
}

const NOTHING_WRITTEN = 'Nothing was written: correct these lines and import the file again.'

/** @throws UsersError if the file cannot be read or decoded */
async function* textOf(file: string): AsyncGenerator<string> {
  const decoder = new CsvDecoder()
  try {
    for await (const bytes of createReadStream(file)) yield decoder.decode(bytes)
    yield decoder.end()
  } catch (cause) {
    const message =
      cause instanceof CsvTextError
        ? `${file}: ${cause.message}`
        : `the file ${file} ${readProblem(cause)}`
    throw new UsersError(message, { cause })
  }
}

async function using<T>(store: Store, use: (store: Store) => Promise<T>): Promise<T> {
  try {
    return await use(store)
  } finally {
    await store.close()
  }
}

/** Returns a callback that prints a warning about each migration of a store. */
export const warnOfMigrations =
  (warn: Output['warn']): OnMigrated =>
  migrated =>
    warn(describeMigrated(migrated))

/**
 * Loads the master key. Creates it only if the store is empty, because a new key could not decrypt what the store
 * contains.
 */
export async function keepMasterKey(
  { masterKey: files }: Config,
  store: Store,
  warn: Output['warn'],
): Promise<MasterKey> {
  const masterKey = await loadOrMakeMasterKey(files, await store.isEmpty(), warn)
  await verifyMasterKey(masterKey, store, files.file)
  return masterKey
}

const explainProblems =
  (file: string, rows: Pick<ParsedUsers, 'lines'>) =>
  (error: unknown): never => {
    if (error instanceof RemovalStopped)
      throw new UsersError(
        `${error.message}, so nothing was written. Check the file. To remove these users, add ${flagsFor(error.removal)}`,
        { cause: error },
      )
    throw invalidLines(file, conflictsIn(rows)(error), error)
  }

/** Returns the options that accept a removal. */
const flagsFor = (removal: Removal): string =>
  `--delete-at-most ${removal.removed}${isLargeRemoval(removal) ? ' --accept-removals' : ''}`

function resultOf({ created, updated }: ImportPlan, deleted: readonly User[]): string {
  const imported = created.length + updated.length
  const removed = deleted.length > 0 ? `, ${deleted.length} removed` : ''
  const counts = `${created.length} created, ${updated.length} updated${removed}`
  return `Imported ${imported} ${imported === 1 ? 'user' : 'users'}: ${counts}.\n`
}

function summaryOf(
  { alias }: OrganizationConfig,
  plan: ImportPlan,
  deleteMissing: boolean,
  roles: readonly ImpersonationRole[],
): string {
  const { created, updated, unchanged, missing } = plan
  const counts = `${created.length} created, ${updated.length} updated, ${unchanged} unchanged`
  const missingText = deleteMissing ? 'removed' : 'not in the file but kept (see --delete-missing)'
  return [
    `${alias}: ${counts}${missing.length > 0 ? `, ${missing.length} ${missingText}` : ''}`,
    ...listed('create', created),
    ...listed('update', updated),
    ...listed(deleteMissing ? 'remove' : 'keep', missing),
    ...(deleteMissing && missing.length > 0 ? [namingOf(roles, missing)] : []),
    '',
  ].join('\n')
}

function namingOf(roles: readonly ImpersonationRole[], users: readonly User[]): string {
  const count = countRolesNaming(roles, new Set(users.map(({ id }) => id)))
  return `  ${count} ${count === 1 ? 'role has' : 'roles have'} rules that name removed users`
}

const MAX_LISTED = 20

/** Returns a line for each of the first users, and one with the number of the others. */
export function listed(verb: string, users: readonly User[]): string[] {
  const lines = users.slice(0, MAX_LISTED).map(user => `  ${verb} ${user.primarySmtpAddress}`)
  const more = users.length - MAX_LISTED
  return more > 0 ? [...lines, `  ${verb} ${more} more`] : lines
}
