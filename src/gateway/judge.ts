/**
 * Judges a request on the directory's and the role's present state.
 *
 * @module
 */

import type { Directory } from '../directory/directory.ts'
import type { Allow, Deny } from '../model/decision.ts'
import type { BodyFacts, NamedMailbox, Prologue } from '../model/envelope.ts'
import type { ConnectingSid, Organization, User } from '../model/identity.ts'
import type { ImpersonationRole } from '../model/role.ts'
import {
  type Circumstances,
  type CompiledRole,
  decide,
  judgeBody,
  type ResolvedMailbox,
  type Target,
} from '../policy/decide.ts'
import { isNobodysTarget } from '../policy/reserved.ts'
import { compileRules } from '../policy/rules.ts'

/** A decision about the user whom the header names, and as whom an allowed request goes on. */
export type Judgement = Readonly<
  | { decision: Allow; user: User | undefined; actAs: string }
  | { decision: Deny; user: User | undefined }
>

/** What a request is judged by. */
export type Knowledge = Readonly<{
  organization: Organization
  directory: Directory
  role: ImpersonationRole
  circumstances: Circumstances
}>

/**
 * Whom the header names, what the role says of them, and what the body says that was read so far.
 *
 * @throws Failure `policy-unavailable`
 */
export async function judge(
  { organization, directory, role, circumstances }: Knowledge,
  prologue: Prologue,
  facts: BodyFacts,
): Promise<Judgement> {
  const compiled = compiledOf(role)
  const user = await resolveUser(organization, directory, prologue)
  const target = targetOf(organization, prologue, user)

  const decision = decide(compiled, prologue.requestElement, target, circumstances)
  if (decision.verdict === 'deny') return { decision, user }
  const named = await Promise.all(
    facts.mailboxes.map(mailbox => resolveMailbox(organization, directory, mailbox)),
  )
  const reason = judgeBody(compiled, target, facts, named)
  const { matchedRules } = decision
  if (reason !== undefined) return { decision: { verdict: 'deny', reason, matchedRules }, user }

  const actAs = user?.primarySmtpAddress ?? organization.neutralMailbox
  if (actAs === undefined) throw new Error('A request is allowed that acts as nobody')
  return { decision, user, actAs }
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

/** "Unknown" is a value that goes on: it is refused at the rules, in the words of any refusal. */
async function resolveUser(
  organization: Organization,
  directory: Directory,
  { connectingSid }: Prologue,
): Promise<User | undefined> {
  if (connectingSid === undefined) return undefined
  return resolveTarget(organization, directory, connectingSid)
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

function targetOf(
  { neutralMailbox }: Organization,
  { connectingSid }: Prologue,
  user: User | undefined,
): Target {
  if (user !== undefined) return { kind: 'user', id: user.id }
  if (connectingSid !== undefined) return { kind: 'unknown' }
  return neutralMailbox === undefined ? { kind: 'nobody' } : { kind: 'neutral' }
}

async function resolveMailbox(
  organization: Organization,
  directory: Directory,
  { address, allowed }: NamedMailbox,
): Promise<ResolvedMailbox> {
  const name = { kind: 'SmtpAddress', value: address } as const
  const user = await resolveTarget(organization, directory, name)
  return { allowed, user: user?.id }
}
