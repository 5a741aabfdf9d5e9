/**
 * `ews-gateway import-workmail`: imports an Amazon WorkMail organization, with its IDs.
 *
 * Writes users and groups first, then access control rules, then roles, so that no role exists before the rules
 * that restrict it. A repeated import updates what changed in WorkMail.
 *
 * @module
 */

import { setTimeout } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import { openStoreOf } from '../app/policy.ts'
import type { Config, OrganizationConfig } from '../config/schema.ts'
import { signCall } from '../credentials/sign.ts'
import { DEFAULT_ACCESS_CONTROL_RULE } from '../model/access-control.ts'
import { organizationId } from '../model/identity.ts'
import { ConflictError, type Store, type UserDraft } from '../store/store.ts'
import { findAwsCredentials } from '../workmail/aws-profile.ts'
import { WorkMailEndpoint } from '../workmail/endpoint.ts'
import { WorkMailFolder } from '../workmail/folder.ts'
import { completeGroups, groupsOf } from '../workmail/groups.ts'
import { peopleOf, usersWithTakenAddresses } from '../workmail/people.ts'
import {
  accessControlOf,
  dropsDefault,
  flawsOfAccessControl,
  namesOf,
  rolesOf,
} from '../workmail/policy.ts'
import { onlyOrganization, readOrganization } from '../workmail/read.ts'
import { type WorkMail, WorkMailError, type WorkMailOrganization } from '../workmail/workmail.ts'
import { openForDryRun } from './stores.ts'
import {
  keepMasterKey,
  type Output,
  organizationOf,
  requireImportedUsers,
  warnOfMigrations,
} from './users.ts'
import { type WorkMailChanges, writeWorkMail } from './write-workmail.ts'

/** Options of the command line. */
export type WorkMailImport = Readonly<{
  /** ID or alias of the organization in the configuration. */
  organization: string
  /** ID of the WorkMail organization. Absent if the account has only one. */
  fromOrganization?: string
  /** URL of the WorkMail API. Exactly one of `endpointUrl` and `from` is required. */
  endpointUrl?: string
  /** Folder with files that the AWS CLI printed. */
  from?: string
  profile?: string
  region?: string
  dryRun: boolean
}>

type Environment = Readonly<Record<string, string | undefined>>

/** Changes to write, and lines about what is not imported. */
type Plan = WorkMailChanges & Readonly<{ skipped: readonly string[]; summary: readonly string[] }>

/**
 * Reads the organization, prints what will change and what is not imported, and writes the changes.
 *
 * @throws WorkMailError if the organization cannot be read or its access control rules cannot be imported
 * @throws UsersError if the users of the target organization come from a directory
 */
export async function importWorkMail(
  config: Config,
  settings: WorkMailImport,
  env: Environment,
  { print, warn }: Output,
): Promise<void> {
  const organization = organizationOf(config, settings.organization)
  requireImportedUsers(organization)
  const workMail = sourceOf(settings, env)
  const from = settings.fromOrganization ?? (settings.from ? '' : await onlyOrganization(workMail))
  const read = await readOrganization(workMail, from)
  const store = await (settings.dryRun
    ? openForDryRun(config)
    : openStoreOf(config, warnOfMigrations(warn)))
  try {
    const plan = await planOf(store, organization, read)
    print(`${[...plan.summary, ...listed(plan.skipped)].join('\n')}\n`)
    if (settings.dryRun) return print('Dry run: nothing was written.\n')
    await keepMasterKey(config, store, warn)
    await writeWorkMail(store, organizationId(organization.id), plan)
    print(
      'Imported. WorkMail has no principals or access keys. Create them for the tools that assume the roles.\n',
    )
  } finally {
    await store.close()
  }
}

function sourceOf(
  { endpointUrl, from, profile, region }: WorkMailImport,
  env: Environment,
): WorkMail {
  if ((endpointUrl === undefined) === (from === undefined))
    throw new WorkMailError('Give either --endpoint-url or --from, not both')
  if (from !== undefined) return new WorkMailFolder(from)
  const url = URL.parse(endpointUrl ?? '')
  if (url === null) throw new WorkMailError(`--endpoint-url must be a URL, not ${endpointUrl}`)
  if (url.protocol !== 'https:' && !isLoopback(url))
    throw new WorkMailError(
      '--endpoint-url must be an https URL, because the imported rules decide who gets access',
    )
  const { region: configured, ...key } = findAwsCredentials(env, profile)
  const [, named] = /^workmail(?:-fips)?\.([\w-]+)\.amazonaws\.com$/.exec(url.hostname) ?? []
  const where = region ?? named ?? configured
  return new WorkMailEndpoint({
    url,
    pause: setTimeout,
    sign: call => signCall({ ...call, ...key, ...(where && { region: where }), at: Date.now() }),
  })
}

const isLoopback = ({ protocol, hostname }: URL) =>
  protocol === 'http:' && /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname)

async function planOf(
  store: Store,
  { id, alias }: OrganizationConfig,
  read: WorkMailOrganization,
): Promise<Plan> {
  const organization = organizationId(id)
  const present = await store.users(organization)
  const people = peopleOf(read.users, present)
  const { accepted, conflicting } = await withoutConflicts(
    [...people.enabled, ...people.disabled],
    async drafts => await store.importUsers(organization, drafts, DRY_RUN),
  )
  const taken = conflicting.map(({ draft }) => draft.id ?? '')
  const others = new Set([...usersWithTakenAddresses(read.users, present), ...taken])
  const groups = groupsOf(read.groups, id => others.has(id))
  const checkedGroups = await withoutConflicts(
    groups.drafts,
    async drafts => await store.importGroups(organization, drafts, DRY_RUN),
  )
  const complete = completeGroups(checkedGroups.accepted, read.groups)
  const names = namesOf(read, others, new Set(complete.drafts.map(({ id = '' }) => id)))
  const flaws = flawsOfAccessControl(read.accessControl, names)
  if (flaws.length > 0)
    throw new WorkMailError(
      [
        ...flaws,
        'Nothing was written, because access control rules are imported all together or not at all.',
      ].join('\n'),
    )

  const rules = await store.accessControlRules(organization)
  const before = await store.roles(organization)
  const roles = rolesOf(read.roles, before, organization, names)
  const accessControl = accessControlOf(read.accessControl, rules, names)
  const dropped = dropsDefault(read.accessControl, rules)
  const kept = before.filter(role => !read.roles.some(other => other.id === role.id))
  const left = rules.filter(rule => !accessControl.some(({ name }) => name === rule.name))
  const plan = await store.importUsers(organization, accepted, DRY_RUN)
  const groupPlan = await store.importGroups(organization, complete.drafts, DRY_RUN)
  const isAccepted = (draft: UserDraft) => accepted.includes(draft)
  return {
    enabled: people.enabled.filter(isAccepted),
    disabled: people.disabled.filter(isAccepted),
    groups: complete.drafts,
    accessControl,
    dropsDefault: dropped,
    roles: roles.drafts,
    summary: [
      `${alias}: users: ${plan.created.length} created, ${plan.updated.length} updated, ${plan.unchanged} unchanged; ${people.disabled.filter(isAccepted).length} of them disabled`,
      `groups: ${groupPlan.created.length} created, ${groupPlan.updated.length} updated, ${groupPlan.unchanged} unchanged`,
      `access control: ${counts(accessControl, rules, ['createdAt', 'modifiedAt'])}${dropped ? ', Default removed because it allows everyone' : ''}`,
      `roles: ${counts(roles.drafts, before, ['version', 'tokensValidFrom', 'createdAt', 'modifiedAt'])}`,
    ],
    skipped: [
      ...people.skipped,
      ...conflicting.map(
        ({ draft, why }) => `user ${draft.primarySmtpAddress} is not imported: ${why}`,
      ),
      ...groups.skipped,
      ...checkedGroups.conflicting.map(
        ({ draft, why }) => `group ${draft.name} is not imported: ${why}`,
      ),
      ...complete.skipped,
      ...roles.skipped,
      ...kept.map(({ name, id }) => `role ${name} (${id}) is not in WorkMail and is kept`),
      ...left
        .filter(({ name }) => !(dropped && name === DEFAULT_ACCESS_CONTROL_RULE.name))
        .map(({ name }) => `access control rule ${name} is not in WorkMail and is kept`),
    ],
  }
}

const DRY_RUN = { dryRun: true, deleteMissing: false } as const

/** Separates drafts that the store accepts from drafts whose names already belong to other users or groups. */
async function withoutConflicts<Draft>(
  drafts: readonly Draft[],
  dryRun: (drafts: readonly Draft[]) => Promise<unknown>,
) {
  const conflicting: { draft: Draft; why: string }[] = []
  let accepted = drafts
  for (;;) {
    const conflicts = await dryRun(accepted).then(() => [], conflictsOf)
    if (conflicts.length === 0) return { accepted, conflicting }
    for (const { index, message } of conflicts) {
      const draft = accepted[index]
      if (draft !== undefined) conflicting.push({ draft, why: message })
    }
    const wrong = new Set(conflicts.map(({ index }) => index))
    accepted = accepted.filter((_, i) => !wrong.has(i))
  }
}

function conflictsOf(error: unknown): ConflictError['conflicts'] {
  if (error instanceof ConflictError) return error.conflicts
  throw error
}

/** Returns a text that says how many drafts are created, updated, and unchanged. */
function counts<T extends { id?: string; name: string }>(
  drafts: readonly T[],
  present: readonly T[],
  without: readonly string[],
): string {
  const keyOf = (one: T) => one.id ?? one.name
  const bare = (one: T) =>
    Object.fromEntries(Object.entries(one).filter(([member]) => !without.includes(member)))
  const here = new Map(present.map(one => [keyOf(one), bare(one)]))
  const updated = drafts.filter(one => {
    const before = here.get(keyOf(one))
    return before !== undefined && !isDeepStrictEqual(before, bare(one))
  })
  const created = drafts.filter(one => !here.has(keyOf(one)))
  const same = drafts.length - created.length - updated.length
  return `${created.length} created, ${updated.length} updated, ${same} unchanged`
}

const listed = (skipped: readonly string[]) =>
  skipped.length === 0
    ? ['Everything can be imported.']
    : ['Not imported or not changed:', ...skipped.map(line => `  ${line}`)]
