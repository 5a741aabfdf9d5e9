/**
 * Judges a request on the directory's and the role's present state.
 *
 * @module
 */

import type { Directory } from '../directory/directory.ts'
import type { Allow, Decision, Deny } from '../model/decision.ts'
import type { BodyFacts, Prologue } from '../model/envelope.ts'
import {
  byAddress,
  type ConnectingSid,
  type Organization,
  type User,
  type UserId,
} from '../model/identity.ts'
import type { ImpersonationRole } from '../model/role.ts'
import {
  type Circumstances,
  type CompiledRole,
  decide,
  decideDiscovery,
  type NamedTarget,
  type Target,
} from '../policy/decide.ts'
import { judgeBody, type ResolvedBody } from '../policy/guard.ts'
import { isNobodysTarget } from '../policy/reserved.ts'
import { compileRules, evaluateRules } from '../policy/rules.ts'

/** A decision about the user whom the request names, and as whom an allowed request goes on. */
export type Judgement = Readonly<
  | { decision: Allow; user: User | undefined; actAs: string }
  | { decision: Deny; user: User | undefined }
>

/** What a request is judged by. */
export type Knowledge = Readonly<{
  organization: Organization
  directory: Directory
  role: ImpersonationRole
  /** Whom the caller's user name asks to be. */
  mailbox?: string | undefined
  circumstances: Circumstances
  /** Whose mailboxes have these GUIDs, by what the upstream says of some users. */
  ownersOf: (
    guids: readonly string[],
    users: readonly User[],
  ) => Promise<readonly (UserId | undefined)[]>
  /** Whether the upstream gives a mailbox of the user to another user, too. */
  isShared: (user: User) => Promise<boolean>
  /** Whose mailboxes these subscriptions watch, as far as they are the caller's. */
  subscribersOf: (ids: readonly string[]) => Promise<readonly (UserId | undefined)[]>
}>

/** About so many users that a body names the upstream is asked at most. */
const MAX_ASKED = 20

/**
 * Evaluates everything before the operation: lock, access control, operation, role type, and rules.
 *
 * @throws Failure `policy-unavailable`
 */
export async function judgePrologue(
  knowledge: Knowledge,
  { connectingSid, requestElement }: Prologue,
): Promise<Judgement> {
  return (await evaluatePrologue(knowledge, connectingSid, requestElement)).judgement
}

/**
 * Evaluates the same, and then the body as far as it has been read.
 *
 * @throws Failure `policy-unavailable`, or if the upstream can't say which mailbox an ID belongs to
 */
export async function judge(
  knowledge: Knowledge,
  { connectingSid, requestElement }: Prologue,
  facts: BodyFacts,
): Promise<Judgement> {
  const evaluated = await evaluatePrologue(knowledge, connectingSid, requestElement)
  const { judgement, compiled, target } = evaluated
  if (!('actAs' in judgement)) return judgement
  const { organization } = knowledge
  const { decision, user } = judgement
  const resolved = namesNothing(facts)
    ? nothingNamed(organization)
    : await resolveBody(knowledge, compiled, user, facts)
  const reason = judgeBody(compiled, target, facts, resolved)
  return reason === undefined
    ? judgement
    : { decision: { ...decision, verdict: 'deny', reason }, user }
}

async function evaluatePrologue(
  knowledge: Knowledge,
  connectingSid: ConnectingSid | undefined,
  requestElement: string,
): Promise<Readonly<{ judgement: Judgement; compiled: CompiledRole; target: Target }>> {
  const { organization, role, circumstances } = knowledge
  const compiled = compiledOf(role)
  const { user, ...named } = await resolveNames(knowledge, connectingSid)
  const target = named.target ?? withoutName(organization)
  const decision = decide(compiled, requestElement, target, circumstances)
  if (decision.verdict === 'deny') return { judgement: { decision, user }, compiled, target }
  if (user !== undefined && (await knowledge.isShared(user))) {
    const denied = { ...decision, verdict: 'deny', reason: 'foreign-mailbox' } as const
    return { judgement: { decision: denied, user }, compiled, target }
  }
  const actAs = user?.primarySmtpAddress ?? organization.neutralMailbox
  if (actAs === undefined) throw new Error('A request is allowed that acts as nobody')
  return { judgement: { decision, user, actAs }, compiled, target }
}

/**
 * Whether the role may learn where the mailbox of an address is.
 *
 * @throws Failure `policy-unavailable`
 */
export async function judgeDiscovery(
  knowledge: Knowledge,
  address: string,
): Promise<Readonly<{ decision: Decision; user: User | undefined }>> {
  const { role, circumstances } = knowledge
  const { target = UNKNOWN, user } = await resolveNames(knowledge, byAddress(address))
  return { decision: decideDiscovery(compiledOf(role), target, circumstances), user }
}

/** Once for as long as a role is known: its rules may name a hundred thousand users. */
const COMPILED = new WeakMap<ImpersonationRole, CompiledRole>()

function compiledOf(role: ImpersonationRole): CompiledRole {
  const known = COMPILED.get(role)
  if (known !== undefined) return known
  const compiled = { role, rules: compileRules(role.rules) }
  COMPILED.set(role, compiled)
  return compiled
}

/** As in most requests. */
const namesNothing = ({ mailboxes, senders, mailboxGuids, subscriptions }: BodyFacts): boolean =>
  mailboxes.length + senders.length + mailboxGuids.length + subscriptions.length === 0

const opaqueIdsOf = ({ opaqueIds = 'refuse' }: Organization) => opaqueIds

const nothingNamed = (organization: Organization): ResolvedBody => ({
  mailboxes: [],
  senders: [],
  subscriptions: [],
  owners: [],
  opaqueIds: opaqueIdsOf(organization),
})

async function resolveBody(
  knowledge: Knowledge,
  { role, rules }: CompiledRole,
  user: User | undefined,
  { mailboxes, senders, mailboxGuids, subscriptions }: BodyFacts,
): Promise<ResolvedBody> {
  const { organization, directory } = knowledge
  const resolve = async (address: string) => {
    const found = await resolveTarget(organization, directory, byAddress(address))
    return found && (await knowledge.isShared(found)) ? undefined : found
  }
  const named = await Promise.all(mailboxes.map(({ address }) => resolve(address)))
  const sending = await Promise.all(senders.map(resolve))

  const openable = named.filter((owner, i) => owner && mailboxes[i]?.allowed === 'own') as User[]
  const others =
    role.guard.mailboxes === 'permitted'
      ? openable.filter(
          other => other.id !== user?.id && evaluateRules(rules, other).effect === 'ALLOW',
        )
      : []
  return {
    mailboxes: mailboxes.map(({ allowed }, i) => ({ allowed, user: named[i] })),
    senders: sending,
    subscriptions: await reachable(knowledge, await knowledge.subscribersOf(subscriptions)),
    owners: await ownersOf(knowledge, user, others.slice(0, MAX_ASKED), mailboxGuids),
    opaqueIds: opaqueIdsOf(organization),
  }
}

/**
 * Whose mailboxes the ids point into. Ids of users whom a request names by address are learned then,
 * for the requests that follow name them by these ids alone.
 */
async function ownersOf(
  knowledge: Knowledge,
  user: User | undefined,
  others: readonly User[],
  guids: readonly string[],
): Promise<readonly (User | undefined)[]> {
  const { role, ownersOf: learned } = knowledge
  if (user === undefined || role.guard.mailboxes === 'any') return guids.map(() => undefined)
  if (guids.length === 0 && others.length === 0) return []
  return await reachable(
    knowledge,
    await learned(guids, guids.length === 0 ? others : [user, ...others]),
  )
}

/** Of these users, those who can be anybody's target now. */
async function reachable(
  { organization, directory, isShared }: Knowledge,
  ids: readonly (UserId | undefined)[],
): Promise<readonly (User | undefined)[]> {
  return await Promise.all(
    ids.map(async id => {
      const user = id && (await directory.user(organization.id, id))
      if (!user?.enabled || isNobodysTarget(organization, user)) return undefined
      return (await isShared(user)) ? undefined : user
    }),
  )
}

const UNKNOWN = { kind: 'unknown' } as const

/**
 * The one user whom the request and the caller's user name both mean, by whatever names. "Unknown"
 * is a value that goes on, as are two different people: either is refused at the rules, in the
 * words of any refusal. No target: nobody is named.
 */
async function resolveNames(
  { organization, directory, mailbox }: Knowledge,
  named: ConnectingSid | undefined,
): Promise<Readonly<{ target?: NamedTarget; user: User | undefined }>> {
  const asking = mailbox === undefined ? undefined : byAddress(mailbox)
  const name = named ?? asking
  if (name === undefined) return { user: undefined }
  const user = await resolveTarget(organization, directory, name)
  if (named !== undefined && asking !== undefined) {
    const asked = await resolveTarget(organization, directory, asking)
    if (asked?.id !== user?.id) return { target: { kind: 'conflict' }, user: undefined }
  }
  return { target: user === undefined ? UNKNOWN : { ...user, kind: 'user' }, user }
}

/** Undefined as well for whoever is nobody's target. */
async function resolveTarget(
  organization: Organization,
  directory: Directory,
  name: ConnectingSid,
): Promise<User | undefined> {
  const user = await directory.resolve(organization.id, name)
  return user?.enabled && !isNobodysTarget(organization, user) ? user : undefined
}

const withoutName = ({ neutralMailbox }: Organization): Target => ({
  kind: neutralMailbox === undefined ? 'nobody' : 'neutral',
})
