/**
 * Judges a request on the directory's and the role's present state.
 *
 * @module
 */

import type { Directory } from '../directory/directory.ts'
import type { Allow, Decision, Deny, Reason } from '../model/decision.ts'
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
import { compileRules } from '../policy/rules.ts'
import { type BodyKnowledge, evaluateBody, targetOf } from './judge-body.ts'
import { type AskItems, judgeStoredItems } from './stored-items.ts'

/** A decision about the user that the request names, and who an allowed request acts as. */
export type Judgement = Readonly<Allowed | Denied>

type Denied = Readonly<{ decision: Deny; user: User | undefined }>

/** A request that its prologue allows, before its body is evaluated. */
type AllowedSoFar = Readonly<{ decision: Allow; user: User | undefined; actAs: string }>

type Allowed = AllowedSoFar &
  Readonly<{
    /** Owners of the other mailboxes that the body names; undefined: not determined. */
    others: readonly UserId[] | undefined
  }>

/** What a request is judged by. */
export type Knowledge = BodyKnowledge &
  Readonly<{
    role: ImpersonationRole
    /** Mailbox that the caller's user name asks for. */
    mailbox?: string | undefined
    circumstances: Circumstances
    /** Asks the upstream about stored items that the request sends. */
    askItems: AskItems
  }>

/**
 * Evaluates everything before the operation: lock, access control, operation, role type, and rules.
 *
 * @throws Failure `policy-unavailable`
 */
export async function judgePrologue(
  knowledge: Knowledge,
  { connectingSid, requestElement }: Prologue,
): Promise<AllowedSoFar | Denied> {
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
  const { decision, user } = judgement
  const result = await evaluateBody(knowledge, { compiled, target, user }, facts)
  if (result.reason !== undefined) return denied(decision, result.reason, user)
  const reason = await judgeStored(knowledge, target, user, facts)
  return reason === undefined
    ? { ...judgement, others: result.others }
    : denied(decision, reason, user)
}

async function evaluatePrologue(
  knowledge: Knowledge,
  connectingSid: ConnectingSid | undefined,
  requestElement: string,
): Promise<Readonly<{ judgement: AllowedSoFar | Denied; compiled: CompiledRole; target: Target }>> {
  const { organization, role, circumstances } = knowledge
  const compiled = compiledOf(role)
  const { user, ...named } = await resolveNames(knowledge, connectingSid)
  const target = named.target ?? withoutName(organization)
  const decision = decide(compiled, requestElement, target, circumstances)
  if (decision.verdict === 'deny') return { judgement: { decision, user }, compiled, target }
  if (user !== undefined && (await knowledge.isShared(user)))
    return { judgement: denied(decision, 'foreign-mailbox', user), compiled, target }
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

const denied = (decision: Allow, reason: Reason, user: User | undefined): Denied => ({
  decision: { ...decision, verdict: 'deny', reason },
  user,
})

/** Asks the upstream last, and only if it doesn't check the senders of stored items itself. */
async function judgeStored(
  { organization, askItems }: Knowledge,
  target: Target,
  user: User | undefined,
  facts: BodyFacts,
): Promise<Reason | undefined> {
  if (organization.enforcesSendAs === true) return undefined
  return await judgeStoredItems(facts, target, user, askItems)
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

const resolveTarget = async (
  organization: Organization,
  directory: Directory,
  name: ConnectingSid,
): Promise<User | undefined> =>
  targetOf(organization, await directory.resolve(organization.id, name))

const withoutName = ({ neutralMailbox }: Organization): Target => ({
  kind: neutralMailbox === undefined ? 'nobody' : 'neutral',
})
