/**
 * The naive model's explanation: the decision in a role, as far as the gateway can tell without asking
 * the upstream.
 *
 * @module
 */

import { decideNaively } from './naive.ts'
import { nameable, personMeant } from './naive-people.ts'
import type { Answer, Question, Role, World } from './terms.ts'

export type Explained = Readonly<{ verdict: 'allow' | 'deny' | 'unknown' }> &
  Omit<Answer, 'verdict'>

export function explainNaively(world: World, role: Role, question: Question): Explained {
  const { body, ...rest } = { ...question, role: role.id }
  const isStored = body?.kind === 'stored'
  const known = body === undefined || isStored ? rest : { ...rest, body }
  const answer = decideNaively(world, known)
  const isAsked = isStored || asksForOwner(world, role, question)
  return answer.verdict === 'allow' && isAsked ? { ...answer, verdict: 'unknown' } : answer
}

/** Whether the upstream is asked for the mailboxes of another user before the request is forwarded. */
function asksForOwner(world: World, { guard }: Role, question: Question): boolean {
  const { body } = question
  if (body?.kind !== 'folder' || guard.mailboxes !== 'permitted') return false
  const user = personMeant(world, question)
  const owner = nameable(world, { kind: 'SmtpAddress', value: body.mailbox })
  return typeof user !== 'string' && user.id !== owner?.id
}
