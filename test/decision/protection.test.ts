/** Protected mailboxes: no role reaches them, whatever its rules and its guard say. */

import fc from 'fast-check'
import t from 'tap'
import { authorize } from '../../src/decision/authorize.ts'
import type { AuthorizationRequest } from '../../src/decision/decision.ts'
import { loadAndDecide } from '../../src/decision/load.ts'
import { reachOf } from '../../src/decision/reach.ts'
import { NO_FACTS } from '../../src/ews/reader.ts'
import type { Reason } from '../../src/model/decision.ts'
import type { BodyFacts } from '../../src/model/envelope.ts'
import { byAddress, groupId } from '../../src/model/identity.ts'
import { NO_PROTECTION, type Protection } from '../../src/model/protection.ts'
import { MAILBOXES, type RoleGuard, roleId, SENDERS } from '../../src/model/role.ts'
import { runs } from '../kit/runs.ts'
import { any, BODY_CASES, guids, joined, named, own, permitted, SINGLE } from './body-cases.ts'
import { coldData, EVE, NOT_EVE } from './crowd.ts'
import { ANN, AT, BOB, GET_FOLDER, ORGANIZATION, person, ROLE } from './data.ts'

/** Bob is protected. Everyone else is not. */
const BOARD: Protection = { ...NO_PROTECTION, users: [BOB.id] }

type Decided = Readonly<{
  reason: Reason | undefined
  isExcepted: boolean
  asked: readonly string[]
}>

/** Decides on a request of a role that allows everyone. */
async function decide(
  protection: Protection,
  guard: Partial<RoleGuard>,
  { facts = {}, ...change }: Partial<AuthorizationRequest<'EWS'>> & { facts?: Partial<BodyFacts> },
  rules = ROLE.rules,
): Promise<Decided> {
  const { data, asked } = coldData()
  data.put('role', ROLE.id, { ...ROLE, rules, guard: { ...ROLE.guard, ...guard } })
  data.put('protection', 'list', protection)
  for (const user of [ANN, BOB, GROUPED]) data.put('name', byAddress(user.primarySmtpAddress), user)
  const request = { ...GET_FOLDER, ...change, body: { ...NO_FACTS, ...facts } }
  const decided = await loadAndDecide(data, () => authorize(request, data))
  const { decision } = decided
  return {
    reason: decision.verdict === 'deny' ? decision.reason : undefined,
    isExcepted: 'isExcepted' in decided && decided.isExcepted,
    asked,
  }
}

const GROUP = groupId('g-board')
const GROUPED = { ...person('cfo'), memberOf: { groups: [GROUP], formerGroups: [] } }
const as = (name: string) => ({ connectingSid: byAddress(`${name}@example.com`) })

for (const [what, protection, name, reason] of [
  ['a protected user', BOARD, 'bob', 'mailbox-protected'],
  ['a user who is not protected', BOARD, 'ann', undefined],
  [
    'a member of a protected group',
    { ...NO_PROTECTION, groups: [GROUP] },
    'cfo',
    'mailbox-protected',
  ],
  ['a user outside of the group', { ...NO_PROTECTION, groups: [GROUP] }, 'ann', undefined],
  ['anyone while no one is protected', NO_PROTECTION, 'bob', undefined],
] as const)
  t.test(`a request as ${what} is ${reason ?? 'allowed'}, whatever the guard`, async t => {
    for (const guard of [own, permitted, any])
      t.equal((await decide(protection, guard, as(name))).reason, reason)
  })

t.test('Autodiscover finds no protected mailbox', async t => {
  for (const [name, reason] of [
    ['bob', 'mailbox-protected'],
    ['ann', undefined],
  ] as const) {
    const { data } = coldData()
    data.put('protection', 'list', BOARD)
    const request = {
      ...GET_FOLDER,
      ...as(name),
      purpose: 'AutoDiscover',
      requestElement: '',
    } as const
    const { decision } = await loadAndDecide(data, () => authorize(request, data))
    t.equal(decision.verdict === 'deny' ? decision.reason : undefined, reason, name)
  }
})

const stored = (name: string) => ({ sends: true, sentItems: [{ id: name, changeKey: 'CK' }] })
const sent = (name: string) => ({ sends: true, senders: [`${name}@example.com`] })

/** Bodies that reach Bob, and the same for Eve, who is not protected. */
const BODIES: Readonly<Record<string, (name: string) => Partial<BodyFacts>>> = {
  'the address of a folder': name => named([name]),
  'an attendee': name => named([name], 'permitted'),
  'the GUID of a mailbox in an ID': name => guids([name]),
  'a subscription to another mailbox': name => ({ subscriptions: [`ann+${name}`] }),
  'a subscription as the user': name => ({ subscriptions: [name] }),
  'a sender': sent,
  'the sender of a draft': stored,
}

for (const [what, bodyOf] of Object.entries(BODIES))
  t.test(`a body with ${what} never reaches a protected mailbox`, async t => {
    for (const mailboxes of MAILBOXES)
      for (const senders of SENDERS) {
        const guard = { mailboxes, senders, sending: true }
        const [bob, eve] = [bodyOf('bob'), bodyOf('eve')]
        const unprotected = await decide(NO_PROTECTION, guard, { facts: bob })
        t.ok((await decide(BOARD, guard, { facts: bob })).reason, `Bob, ${mailboxes}, ${senders}`)
        t.equal(
          (await decide(BOARD, guard, { facts: eve })).reason,
          unprotected.reason,
          `Eve as before, ${mailboxes}, ${senders}`,
        )
      }
  })

t.test('with any, an owner that is not known is denied while a mailbox is protected', async t => {
  for (const [facts, reason] of [
    [guids(['not known']), 'foreign-mailbox'],
    [named(['not known']), 'foreign-mailbox'],
    [{ unknownMailbox: true }, 'foreign-mailbox'],
    [{ opaqueIds: true }, 'foreign-mailbox'],
    [{ subscriptions: ['ann+?'] }, 'foreign-subscription'],
  ] as const) {
    t.equal((await decide(BOARD, any, { facts })).reason, reason)
    t.equal((await decide(NO_PROTECTION, any, { facts })).reason, undefined)
  }
  const organization = { ...ORGANIZATION, opaqueIds: 'allow' } as const
  const opaque = await decide(BOARD, any, { organization, facts: { opaqueIds: true } })
  t.equal(opaque.reason, undefined, 'the configuration accepts IDs that tell no mailbox')
})

t.test('R42 with any, the server is asked only as users that the rules allow', async t => {
  for (const [name, asked] of [
    ['cfo', ['owners 0 of 1']],
    ['eve', ['name 1']],
  ] as const) {
    const facts = named([name])
    const decided = await decide(BOARD, any, { facts }, NOT_EVE.rules)
    t.strictSame([decided.reason, decided.asked], [undefined, asked], name)
  }
})

t.test('an exception lets one role reach protected mailboxes until its end', async t => {
  const until = (notAfter: number, role = ROLE.id) => ({
    ...BOARD,
    exceptions: [{ roleId: role, notAfter, reason: 'Investigation 7' }],
  })
  for (const [what, protection, reason] of [
    ['before its end', until(AT + 1), undefined],
    ['at its end', until(AT), 'mailbox-protected'],
    ['after its end', until(AT - 1), 'mailbox-protected'],
    ['of another role', until(AT + 1, roleId('other')), 'mailbox-protected'],
  ] as const) {
    t.equal((await decide(protection, own, as('bob'))).reason, reason, what)
    const policy = { organization: ORGANIZATION, protection, moment: { at: AT } }
    t.equal(reachOf(policy, ROLE, BOB).reason, reason, `reach, ${what}`)
  }
})

/** Bob is protected from all roles but this one. */
const EXCEPTED: Protection = {
  ...BOARD,
  exceptions: [{ roleId: ROLE.id, notAfter: AT + 1, reason: 'Investigation 7' }],
}

t.test('a decision says whether an exception let the request in, or might have', async t => {
  for (const [what, guard, change, expected] of [
    ['as the protected user', own, as('bob'), true],
    ['as another user', own, as('ann'), false],
    ['with the protected mailbox in the body', permitted, { facts: named(['bob']) }, true],
    ['with another mailbox in the body', permitted, { facts: named(['eve']) }, false],
    ['with a known mailbox and any', any, { facts: named(['bob']) }, true],
    ['with an owner that is not looked up', any, { facts: guids(['eve']) }, true],
    ['with any and no other mailbox', any, as('ann'), false],
  ] as const) {
    const { reason, isExcepted } = await decide(EXCEPTED, guard, change)
    t.strictSame([reason, isExcepted], [undefined, expected], what)
    t.notOk((await decide(NO_PROTECTION, guard, change)).isExcepted, `${what}, without protection`)
  }
  const unprotected = { ...EXCEPTED, users: [] }
  t.notOk((await decide(unprotected, own, as('bob'))).isExcepted, 'no mailbox is protected')
})

t.test('an exception costs no further lookups', async t => {
  for (const { what, facts, guard } of BODY_CASES) {
    const unprotected = await decide(NO_PROTECTION, guard, { facts })
    t.strictSame((await decide(EXCEPTED, guard, { facts })).asked, unprotected.asked, what)
  }
})

t.test('the reach of a role excludes protected mailboxes', async t => {
  const policy = { organization: ORGANIZATION, protection: BOARD, moment: { at: AT } }
  t.match(reachOf(policy, ROLE, BOB), {
    effect: 'DENY',
    matchedRules: [],
    reason: 'mailbox-protected',
  })
  t.match(reachOf(policy, ROLE, EVE), { effect: 'ALLOW', matchedRules: ROLE.rules })
})

t.test('without protected mailboxes, every body loads and gives the same as before', async t => {
  for (const { what, facts, guard } of BODY_CASES) {
    const ended = { ...NO_PROTECTION, exceptions: [{ roleId: ROLE.id, notAfter: 0, reason: '' }] }
    t.strictSame(
      await decide(ended, guard, { facts }),
      await decide(NO_PROTECTION, guard, { facts }),
      what,
    )
  }
})

t.test('protecting a user never allows what was denied before', async () => {
  const property = fc.asyncProperty(
    fc.constantFrom(...SINGLE),
    fc.constantFrom(...SINGLE),
    fc.constantFrom(...MAILBOXES),
    fc.constantFrom(...SENDERS),
    fc.constantFrom(ANN.id, BOB.id, EVE.id),
    async (a, b, mailboxes, senders, user) => {
      const facts = joined({ ...NO_FACTS, ...a }, { ...NO_FACTS, ...b })
      const guard = { mailboxes, senders }
      const before = await decide(NO_PROTECTION, guard, { facts })
      const after = await decide({ ...NO_PROTECTION, users: [user] }, guard, { facts })
      return before.reason === undefined || after.reason !== undefined
    },
  )
  await fc.assert(property, { numRuns: runs(200) })
})
