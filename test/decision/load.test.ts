/**
 * How often a decision is repeated until nothing is missing.
 */

import t from 'tap'
import { authorize } from '../../src/decision/authorize.ts'
import { type AuthorizationRequest, isAllowed } from '../../src/decision/decision.ts'
import { loadAndDecide } from '../../src/decision/load.ts'
import { NO_FACTS } from '../../src/ews/reader.ts'
import type { BodyFacts } from '../../src/model/envelope.ts'
import { Failure } from '../../src/model/failure.ts'
import { byAddress, type UserId } from '../../src/model/identity.ts'
import { type ImpersonationRole, roleId } from '../../src/model/role.ts'
import type { StoredItemQuery } from '../../src/model/stored-item.ts'
import { coldData, crowdNames, NOT_EVE, subscriptionOf } from './crowd.ts'
import { ANN, CREDENTIAL, GET_FOLDER, TestData } from './data.ts'

/** A role that can name the mailboxes of other users. */
const PERMITTED: ImpersonationRole = {
  ...NOT_EVE,
  guard: { ...NOT_EVE.guard, mailboxes: 'permitted' },
}

/** Five different users for each subscription: together the 1,000 that a request can watch. */
const watchedBy = (name: string): readonly UserId[] => {
  const number = Number(name.slice(1))
  return crowdNames(5, 'u-p', 1_000 + number * 5) as readonly UserId[]
}

/** Everything that the reader of requests takes from one body, and no name of it twice. */
const MAXIMUM: BodyFacts = {
  ...NO_FACTS,
  mailboxes: crowdNames(500).map(name => ({ address: `${name}@example.com`, allowed: 'own' })),
  mailboxGuids: crowdNames(500, 'p', 500),
  subscriptions: crowdNames(200, 's'),
  sends: true,
  sentItems: crowdNames(500, 'i').map(id => ({ id })),
}

/** Data that holds nothing, and in which everything of the maximum body is allowed. */
function maximumData() {
  const stored = { kind: 'Message', changeKey: 'CK', senders: [], unknownSender: false }
  const cold = coldData([], {
    subscription: (id: string) => {
      const [userId, ...others] = watchedBy(id)
      return { ...subscriptionOf('ann'), idHash: id, userId, others }
    },
    'stored-items': ({ items }: StoredItemQuery) =>
      items.map(() => ({ code: 'NoError', item: stored })),
    'role-name': () => PERMITTED,
  })
  const { data } = cold
  data.hide('credential', CREDENTIAL.key.id)
  data.hide('access-control', 'rules')
  data.put('role', roleId('Another'), undefined)
  data.hide('role', roleId('Another'))
  data.fresh = undefined
  return cold
}

const NAMING_ROLE: AuthorizationRequest<'EWS'> = {
  ...GET_FOLDER,
  caller: {
    kind: 'key',
    keyId: CREDENTIAL.key.id,
    secretHash: CREDENTIAL.key.secretHash,
    roleReference: 'Another',
  },
}

async function roundsOfGivingUp(): Promise<number> {
  const data = new TestData()
  let rounds = 0
  data.load = async () => {
    rounds += 1
  }
  data.hide('role', NOT_EVE.id)
  await t.rejects(async () => loadAndDecide(data, () => authorize(GET_FOLDER, data)))
  return rounds
}

t.test('R34 the maximum body leaves half of the rounds for changes', async t => {
  const { data, asked } = maximumData()
  const request = { ...NAMING_ROLE, body: MAXIMUM }
  const decided = await loadAndDecide(data, () => authorize(request, data))
  t.ok(isAllowed(decided), JSON.stringify(decided.decision))
  t.equal(isAllowed(decided) && decided.others?.length, 1_000)
  for (const question of [
    'subscription 90',
    'user 400',
    'user 390',
    'name 390',
    'owners 500 of 21',
  ])
    t.ok(asked.includes(question), `${question} is loaded`)
  t.ok(asked.length * 2 <= (await roundsOfGivingUp()), `${asked.length} rounds`)
})

t.test('loadAndDecide() gives up after 64 rounds', async t => {
  t.equal(await roundsOfGivingUp(), 64)
})

t.test('P5 a decision is repeated if a value changed while another was loaded', async t => {
  const data = new TestData()
  const name = byAddress(ANN.primarySmtpAddress)
  data.put('name', name, ANN)
  data.hide('name', name)
  const load = data.load.bind(data)
  data.load = async missing => {
    await load(missing)
    data.put('role', NOT_EVE.id, { ...NOT_EVE, lock: {} }, 2)
  }
  const decided = await loadAndDecide(data, () => authorize(GET_FOLDER, data))
  t.match(decided, { decision: { reason: 'role-locked' }, basis: { policyVersion: 2 } })
  t.match(
    data.loaded.map(({ kind }) => kind),
    ['name', 'freshness'],
  )
})

t.test('P6 no decision is made if the source can’t load', async t => {
  const data = new TestData()
  data.hide('role', NOT_EVE.id)
  const failure = new Error('down')
  data.load = async () => {
    throw failure
  }
  await t.rejects(async () => loadAndDecide(data, () => authorize(GET_FOLDER, data)), failure)
})

t.test('P6 a value that the upstream did not return allows nothing', async t => {
  const bob = { ...NO_FACTS, mailboxGuids: ['bob'] }
  for (const [kind, body, expected] of [
    ['mailbox-owners', bob, 'policy-unavailable'],
    ['shared-mailbox', NO_FACTS, 'foreign-mailbox'],
    ['stored-items', { ...NO_FACTS, sentItems: [{ id: 'A' }] }, 'sender-refused'],
  ] as const) {
    const held = ['name', 'user', 'mailbox-owners', 'shared-mailbox', 'stored-items'] as const
    const { data } = coldData(held, { [kind]: () => undefined })
    data.put('role', NOT_EVE.id, PERMITTED)
    const decide = async () => loadAndDecide(data, () => authorize({ ...GET_FOLDER, body }, data))
    const reason = await decide().then(
      ({ decision }) => decision.verdict === 'deny' && decision.reason,
      (error: unknown) => error instanceof Failure && error.reason,
    )
    t.equal(reason, expected, kind)
  }
})
