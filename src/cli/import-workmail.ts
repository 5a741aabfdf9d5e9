/**
 * `ews-gateway import-workmail`: makes a WorkMail organization here, with its ids.
 *
 * Users and groups come first, then access control, then roles: nobody is let in before what keeps him out is
 * there. Done again, it changes what has changed there.
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
import {
  ConflictError,
  type GroupDraft,
  type RoleDraft,
  type Store,
  type UserDraft,
} from '../store/store.ts'
import { findAwsCredentials } from '../workmail/aws-profile.ts'
import { WorkMailEndpoint } from '../workmail/endpoint.ts'
import { WorkMailFolder } from '../workmail/folder.ts'
import { groupsOf, wholeGroups } from '../workmail/groups.ts'
import { peopleOf, strangersAmong } from '../workmail/people.ts'
import {
  type AccessControlDraft,
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
  refuseSynchronized,
  warnOfMigrations,
} from './users.ts'

export type WorkMailImport = Readonly<{
  /** Id or alias, of the organization here. */
  organization: string
  /** Of WorkMail's; absent: the only one there is. */
  fromOrganization?: string
  /** One of the two. */
  endpointUrl?: string
  from?: string
  profile?: string
  region?: string
  dryRun: boolean
}>

type Environment = Readonly<Record<string, string | undefined>>

/** Everything that is to be written, and what cannot be. */
type Plan = Readonly<{
  enabled: readonly UserDraft[]
  disabled: readonly UserDraft[]
  groups: readonly GroupDraft[]
  accessControl: readonly AccessControlDraft[]
  dropsDefault: boolean
  roles: readonly RoleDraft[]
  unfit: readonly string[]
  summary: readonly string[]
}>

/**
 * Reads the organization, prints what will change and what does not fit, and writes it.
 *
 * @throws WorkMailError
 * @throws UsersError where the users come from a directory
 */
export async function importWorkMail(
  config: Config,
  settings: WorkMailImport,
  env: Environment,
  { print, warn }: Output,
): Promise<void> {
  const organization = organizationOf(config, settings.organization)
  refuseSynchronized(organization)
  const workMail = sourceOf(settings, env)
  const from = settings.fromOrganization ?? (settings.from ? '' : await onlyOrganization(workMail))
  const read = await readOrganization(workMail, from)
  const store = await (settings.dryRun
    ? openForDryRun(config)
    : openStoreOf(config, warnOfMigrations(warn)))
  try {
    const plan = await planOf(store, organization, read)
    print(`${[...plan.summary, ...listed(plan.unfit)].join('\n')}\n`)
    if (settings.dryRun) return print('Dry run: nothing was written.\n')
    await keepMasterKey(config, store, warn)
    await write(store, organization, plan)
    print(
      'Written. Principals and keys are not in WorkMail: make them for those who assume roles.\n',
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
    throw new WorkMailError('Either --endpoint-url or --from must be given, and not both')
  if (from !== undefined) return new WorkMailFolder(from)
  const url = URL.parse(endpointUrl ?? '')
  if (url === null) throw new WorkMailError(`--endpoint-url must be a URL, not ${endpointUrl}`)
  if (url.protocol !== 'https:' && !isLoopback(url))
    throw new WorkMailError('--endpoint-url must be https: what is read decides who is let in')
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
  const { fit, strangers } = await fitting(
    [...people.enabled, ...people.disabled],
    async drafts => await store.importUsers(organization, drafts, REHEARSAL),
  )
  const taken = strangers.map(({ draft }) => draft.id ?? '')
  const others = new Set([...strangersAmong(read.users, present), ...taken])
  const groups = groupsOf(read.groups, id => others.has(id))
  const fitGroups = await fitting(
    groups.drafts,
    async drafts => await store.importGroups(organization, drafts, REHEARSAL),
  )
  const whole = wholeGroups(fitGroups.fit, read.groups)
  const names = namesOf(read, others, new Set(whole.drafts.map(({ id = '' }) => id)))
  const flaws = flawsOfAccessControl(read.accessControl, names)
  if (flaws.length > 0)
    throw new WorkMailError(
      [...flaws, 'Nothing was written: access control is taken whole.'].join('\n'),
    )

  const rules = await store.accessControlRules(organization)
  const before = await store.roles(organization)
  const roles = rolesOf(read.roles, before, organization, names)
  const accessControl = accessControlOf(read.accessControl, names)
  const dropped = dropsDefault(read.accessControl, rules)
  const kept = before.filter(role => !read.roles.some(other => other.id === role.id))
  const left = rules.filter(rule => !accessControl.some(({ name }) => name === rule.name))
  const plan = await store.importUsers(organization, fit, REHEARSAL)
  const inGroups = await store.importGroups(organization, whole.drafts, REHEARSAL)
  const isFit = (draft: UserDraft) => fit.includes(draft)
  return {
    enabled: people.enabled.filter(isFit),
    disabled: people.disabled.filter(isFit),
    groups: whole.drafts,
    accessControl,
    dropsDefault: dropped,
    roles: roles.drafts,
    summary: [
      `${alias}: users: ${plan.created.length} created, ${plan.updated.length} updated, ${plan.unchanged} unchanged, of them ${people.disabled.filter(isFit).length} disabled`,
      `groups: ${inGroups.created.length} created, ${inGroups.updated.length} updated, ${inGroups.unchanged} unchanged`,
      `access control: ${counts(accessControl, rules, ['createdAt', 'modifiedAt'])}${dropped ? ', Default removed, which lets everybody in' : ''}`,
      `roles: ${counts(roles.drafts, before, ['version', 'tokensValidFrom', 'createdAt', 'modifiedAt'])}`,
    ],
    unfit: [
      ...people.unfit,
      ...strangers.map(({ draft, why }) => `user ${draft.primarySmtpAddress} is not made: ${why}`),
      ...groups.unfit,
      ...fitGroups.strangers.map(({ draft, why }) => `group ${draft.name} is not made: ${why}`),
      ...whole.unfit,
      ...roles.unfit,
      ...kept.map(({ name, id }) => `role ${name} (${id}) is only here, and stays`),
      ...left
        .filter(({ name }) => !(dropped && name === DEFAULT_ACCESS_CONTROL_RULE.name))
        .map(({ name }) => `access control rule ${name} is only here, and stays`),
    ],
  }
}

const REHEARSAL = { dryRun: true, deleteMissing: false } as const

/** The drafts that the store takes, and those whose names belong to another. */
async function fitting<Draft>(
  drafts: readonly Draft[],
  rehearse: (drafts: readonly Draft[]) => Promise<unknown>,
) {
  const strangers: { draft: Draft; why: string }[] = []
  let fit = drafts
  for (;;) {
    const conflicts = await rehearse(fit).then(() => [], conflictsOf)
    if (conflicts.length === 0) return { fit, strangers }
    for (const { index, message } of conflicts) {
      const draft = fit[index]
      if (draft !== undefined) strangers.push({ draft, why: message })
    }
    const wrong = new Set(conflicts.map(({ index }) => index))
    fit = fit.filter((_, i) => !wrong.has(i))
  }
}

function conflictsOf(error: unknown): ConflictError['conflicts'] {
  if (error instanceof ConflictError) return error.conflicts
  throw error
}

/** How many are new, how many another than here, and how many the same. */
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

const listed = (unfit: readonly string[]) =>
  unfit.length === 0
    ? ['Everything fits.']
    : ['What does not fit:', ...unfit.map(line => `  ${line}`)]

async function write(store: Store, { id }: OrganizationConfig, plan: Plan): Promise<void> {
  const organization = organizationId(id)
  // Of these first the names, disabled: they are never anybody's target in between.
  for (const draft of plan.disabled) await store.putUser(organization, { ...draft, enabled: false })
  await store.importUsers(organization, plan.enabled, { dryRun: false, deleteMissing: false })
  await store.importGroups(organization, plan.groups, { dryRun: false, deleteMissing: false })
  for (const rule of plan.accessControl) await store.putAccessControlRule(organization, rule)
  if (plan.dropsDefault)
    await store.deleteAccessControlRule(organization, DEFAULT_ACCESS_CONTROL_RULE.name)
  for (const role of plan.roles) await store.putRole(role)
}
