/**
 * R15: a subscription is evaluated for everything that it watches, by the present rules and guard.
 */

import t from 'tap'
import { NO_FACTS } from '../../src/ews/reader.ts'
import { userId } from '../../src/model/identity.ts'
import { MAILBOXES } from '../../src/model/role.ts'
import { type Acting, evaluateBody, type ResolvedSubscription } from '../../src/policy/guard.ts'
import { compileRules } from '../../src/policy/rules.ts'
import { WATCHED_ROWS } from '../kit/watched-mailboxes.ts'
import { ANN, BOB, EVE, personOf, roleOf } from './guard-cases.ts'

/** A subscription of a user that watches others; `?`: what it watches was not determined. */
const of = (
  user: typeof ANN | undefined,
  others: readonly (typeof ANN | undefined)[] | '?' = [],
): ResolvedSubscription => ({
  user: personOf(user),
  others: others === '?' ? undefined : others.map(personOf),
})

const TARGETS: readonly Acting[] = [{ kind: 'user', id: ANN }, { kind: 'neutral' }]

// Whether own, permitted, and any allow it. The role can impersonate everybody but Eve.
const NOTHING_NAMED = {
  mailboxes: [],
  senders: [],
  owners: [],
  opaqueIds: 'refuse',
  enforcesSendAs: false,
  protection: undefined,
} as const

for (const [what, subscriptions, expected] of [
  ['the own mailbox', [of(ANN)], [true, true, true]],
  ["another user's own mailbox", [of(BOB)], [true, true, true]],
  ['the mailbox of a denied user', [of(EVE)], [false, false, false]],
  ['the mailbox of nobody who is known', [of(undefined)], [false, false, false]],
  ['one that is not the caller’s', [undefined], [false, false, false]],
  ['another mailbox that is permitted', [of(ANN, [BOB])], [false, true, true]],
  ['a denied mailbox besides', [of(ANN, [BOB, EVE])], [false, false, true]],
  ['an unknown mailbox besides', [of(ANN, [undefined])], [false, false, true]],
  ['what was not determined', [of(ANN, '?')], [false, false, true]],
  ['the same for a denied user', [of(EVE, '?')], [false, false, false]],
  ['one of two that is denied', [of(ANN), of(BOB, [EVE])], [false, false, true]],
  ['nothing', [], [true, true, true]],
] as const)
  for (const target of TARGETS)
    t.strictSame(
      MAILBOXES.map(mailboxes => {
        const role = roleOf('READ_ONLY', { mailboxes })
        return evaluateBody(role, target, NO_FACTS, { ...NOTHING_NAMED, subscriptions })
      }),
      expected.map(isAllowed => (isAllowed ? undefined : 'foreign-subscription')),
      `R15 evaluateBody() as ${target.kind}: a subscription watches ${what}`,
    )

// The table that the running gateway is tried with.
for (const { what, as, watches, after, deny, allowed } of WATCHED_ROWS) {
  const person = (name: string) => ({ id: userId(name) })
  const { role } = roleOf('READ_ONLY', { mailboxes: after })
  const rules = compileRules([
    { id: 'allow', effect: 'ALLOW' },
    { id: 'deny', effect: 'DENY', targetUsers: deny.map(userId) },
  ])
  const others = watches.filter(name => name !== 'alice').map(person)
  const subscription = { user: person('alice'), others: as === 'any' ? undefined : others }
  const named = { ...NOTHING_NAMED, subscriptions: [subscription] }
  t.equal(
    evaluateBody({ role, rules }, { kind: 'user', ...person('bob') }, NO_FACTS, named),
    allowed ? undefined : 'foreign-subscription',
    `R15 evaluateBody(): ${what}`,
  )
}
