/**
 * Decisions on requests of the data listener: their inputs, their results, and failures before them.
 */

import t from 'tap'
import {
  decide,
  decideDiscovery,
  decidePrologue,
  decideToken,
  mayAssumeNamed,
} from '../../src/gateway/decide.ts'
import { subscriptionHash } from '../../src/gateway/subscriptions.ts'
import { Failure } from '../../src/model/failure.ts'
import { organizationId } from '../../src/model/identity.ts'
import type { HeldSource } from '../../src/model/policy-data.ts'
import type { Subscription } from '../../src/model/subscription.ts'
import type { Exchange, Lease, Upstream } from '../../src/upstream/upstream.ts'
import { ANN, AT, CREDENTIAL, ORGANIZATION, ROLE } from '../decision/data.ts'
import { GET_FOLDER } from '../kit/corpus.ts'
import { DENYING, DecisionWorld, GONE, KNOWN, SHADOWED } from './decision-world.ts'

const { principal, key } = CREDENTIAL
const EXPAND_DL =
  '<m:ExpandDL><m:Mailbox><t:EmailAddress>x@example.com</t:EmailAddress></m:Mailbox></m:ExpandDL>'

t.test('decide() returns an allowed request with its target and its state', async t => {
  for (const [whom, operation, user, actAs] of [
    ['ann@example.com', GET_FOLDER, ANN, 'ann@example.com'],
    ['Ann.Alias@example.com', GET_FOLDER, ANN, 'ann@example.com'],
    [null, EXPAND_DL, undefined, 'neutral@example.com'],
  ] as const) {
    const world = new DecisionWorld()
    const read = world.read(whom, operation)
    const allowed = decide(read)
    t.notOk(allowed instanceof Promise, 'nothing is waited for')
    t.match(await allowed, {
      verdict: 'allow',
      decision: { verdict: 'allow' },
      role: ROLE,
      principal,
      key,
      ...KNOWN,
      decidedAt: AT + 3,
      actAs,
      others: [],
      exceptions: [],
      isExcepted: false,
    })
    const { facts, read: of, served, user: as, shadow } = (await allowed) as never
    t.strictSame([of === read, served === world.served, shadow], [true, true, undefined])
    t.strictSame(facts, read.reader.facts)
    t.equal(as, user)
  }
})

t.test('decide() returns a denied request with its role and its user', async t => {
  for (const [role, whom, reason, user] of [
    [DENYING, 'ann@example.com', 'rule-denies', ANN],
    [ROLE, 'nobody@example.com', 'unknown-user', undefined],
  ] as const) {
    const read = new DecisionWorld(role).read(whom)
    const denied = await decide(read)
    t.match(denied, { verdict: 'deny', role, decision: { reason }, ...KNOWN })
    t.equal('user' in denied && denied.user, user)
    t.strictSame(denied.facts, read.reader.facts)
    t.equal(denied.read, read)
  }
})

t.test('decidePrologue() continues with the role unless the prologue is denied', async t => {
  const continued = await decidePrologue(new DecisionWorld().read('ann@example.com'))
  t.strictSame(continued, { verdict: 'continue', role: ROLE })
  const denied = await decidePrologue(new DecisionWorld(DENYING).read('ann@example.com'))
  t.match(denied, { verdict: 'deny', decision: { reason: 'rule-denies' } })
  const foreign = '<m:Unsubscribe><m:SubscriptionId>x</m:SubscriptionId></m:Unsubscribe>'
  const unread = await decidePrologue(new DecisionWorld().read('ann@example.com', foreign))
  t.equal(unread.verdict, 'continue', 'the body is not evaluated')
  const body = await decide(new DecisionWorld().read('ann@example.com', foreign))
  t.match(body, { verdict: 'deny', decision: { reason: 'foreign-subscription' } })
})

t.test('R15 decide() finds subscriptions by the hashes of their IDs', async t => {
  const subscription: Subscription = {
    organizationId: ORGANIZATION.id,
    idHash: subscriptionHash('sub'),
    userId: ANN.id,
    others: [],
    roleId: ROLE.id,
    principalId: principal.id,
    lifeMs: 1,
    expiresAt: AT + 1_000,
  }
  const unsubscribe = '<m:Unsubscribe><m:SubscriptionId>sub</m:SubscriptionId></m:Unsubscribe>'
  for (const [id, verdict] of [
    [subscription.idHash, 'allow'],
    ['sub', 'deny'],
  ] as const) {
    const world = new DecisionWorld()
    world.data.put('subscription', id, subscription)
    const decided = await decide(world.read('ann@example.com', unsubscribe))
    t.equal(decided.verdict, verdict)
    t.strictSame(decided.facts?.subscriptions, ['sub'], 'later steps see the ID itself')
  }
})

t.test('R13 decide() keeps the connection of its question for an allowed request', async t => {
  const question = { items: [{ id: 'i' }], user: ANN }
  for (const [keeps, end, verdict, expected] of [
    [true, undefined, 'allow', ['lease']],
    [true, DENYING, 'deny', ['lease', 'release']],
    [true, GONE, 'error', ['lease', 'release']],
    [false, undefined, 'allow', ['send']],
    [undefined, undefined, 'allow', ['send']],
  ] as const) {
    const world = new DecisionWorld()
    const calls: string[] = []
    const send: Upstream['send'] = (_, sink) => {
      queueMicrotask(() => sink.fail(new Failure('upstream-timeout', '')))
      return { abort: () => undefined } as Exchange
    }
    const lease: Lease = { send, release: () => void calls.push('release') }
    Object.assign(world.served.upstream, {
      send: (...args: Parameters<Upstream['send']>) => {
        calls.push('send')
        return send(...args)
      },
      lease: () => {
        calls.push('lease')
        return lease
      },
    })
    world.data.hide('role', ROLE.id)
    const load = world.data.load.bind(world.data)
    world.data.load = async missing => {
      const stored = { kind: 'stored-items', id: question as never } as const
      const held = world.held.at(-1) as HeldSource
      await t.rejects(held.load([stored]), { reason: 'upstream-timeout' } as never)
      if (end === GONE) throw GONE
      if (end === DENYING) world.data.put('role', ROLE.id, DENYING)
      await load(missing)
    }
    const decided = await decide(world.read('ann@example.com'), keeps)
    t.equal(decided.verdict, verdict)
    t.strictSame(calls, expected)
    t.equal('lease' in decided && decided.lease, verdict === 'allow' && (keeps ? lease : undefined))
  }
})

t.test('decide() returns failures with the role and the state that are known', async t => {
  for (const role of [ROLE, undefined]) {
    const world = new DecisionWorld()
    world.lose(GONE, role !== undefined)
    const read = world.read('ann@example.com')
    const undecided = await decide(read)
    t.match(undecided, { verdict: 'error', failure: GONE, role, user: undefined, ...KNOWN })
    t.strictSame(undecided.facts, read.reader.facts)
    t.equal((await decidePrologue(read)).verdict, 'error')
  }
  const stale = new DecisionWorld()
  stale.data.fresh = undefined
  stale.data.load = () => Promise.reject(GONE)
  const undecided = await decide(stale.read('ann@example.com'))
  t.match(undecided, { verdict: 'error', policyVersion: undefined, knownSince: undefined })

  const sync = new DecisionWorld()
  sync.hold = () => {
    throw GONE
  }
  t.match(await decide(sync.read('ann@example.com')), { verdict: 'error', failure: GONE })
  const elsewhere = new DecisionWorld().read(
    'ann@example.com',
    GET_FOLDER,
    organizationId('m-other'),
  )
  const failure = { reason: 'role-unknown', message: 'Organization m-other is not configured' }
  t.match(await decide(elsewhere), { verdict: 'error', failure })
})

t.test('decide() throws errors that are no failures', async t => {
  const bug = new TypeError('A bug')
  const world = new DecisionWorld()
  world.lose(bug)
  await t.rejects(async () => decide(world.read('ann@example.com')), bug)
  world.hold = () => {
    throw bug
  }
  await t.rejects(async () => decide(world.read('ann@example.com')), bug)
})

t.test('decide() adds a span until the response begins', async t => {
  const facts = { 'ews.role_id': 'r', 'ews.policy_version': 1 }
  for (const [role, span] of [
    [ROLE, { 'ews.verdict': 'allow', 'ews.reason': undefined, ...facts }],
    [DENYING, { 'ews.verdict': 'deny', 'ews.reason': 'rule-denies', ...facts }],
  ] as const) {
    const world = new DecisionWorld(role)
    await decide(world.read('ann@example.com'))
    t.strictSame(world.steps, [])
    world.isTraced = true
    await decide(world.read('ann@example.com'))
    t.strictSame(world.steps.splice(0), [['decide', span]])
    world.headersSent = true
    await decide(world.read('ann@example.com'))
    t.strictSame(world.steps, [])
  }
})

t.test('decide() compares with the shadow of the role, and loads its data', async t => {
  const world = new DecisionWorld(SHADOWED)
  const compared: unknown[] = []
  world.shadows.compared = (shadow, data) => {
    compared.push(shadow)
    t.equal(data, world.data)
  }
  const shadow = { version: 7, outcome: 'would-deny', reason: 'rule-denies' }
  const decided = await decide(world.read('ann@example.com'))
  t.match(decided, { verdict: 'allow', shadow })
  const discovered = await decideDiscovery(world.discovery('ann@example.com'))
  t.match(discovered, { verdict: 'allow', shadow })
  t.match(compared, [shadow, shadow])
  const id = { folders: [], items: [], user: ANN, mailboxes: [] }
  for (const held of world.held) await held.load([{ kind: 'content-classes', id }])
  t.strictSame(world.owners, [principal.id, principal.id], 'R42 in the share of the principal')
  world.data.put('role', ROLE.id, ROLE)
  await decide(world.read('ann@example.com'))
  t.equal(compared.length, 2, 'if it has one')
})

t.test('decideDiscovery() returns the decision with its state', async t => {
  for (const [role, address, verdict, user] of [
    [ROLE, 'ann@example.com', 'allow', ANN],
    [DENYING, 'ann@example.com', 'deny', ANN],
    [ROLE, 'nobody@example.com', 'deny', undefined],
  ] as const) {
    const world = new DecisionWorld(role)
    const read = world.discovery(address)
    const decided = await decideDiscovery(read)
    t.match(decided, { verdict, role, decision: { verdict }, isExcepted: false, ...KNOWN })
    t.equal(decided.user, user)
    t.equal(decided.read, read)
    t.equal(decided.facts, undefined)
  }
  const world = new DecisionWorld()
  world.lose(GONE, false)
  const undecided = await decideDiscovery(world.discovery('ann@example.com'))
  t.match(undecided, { verdict: 'error', failure: GONE, ...KNOWN, facts: undefined })
})

t.test('decide() and decideDiscovery() say whether an exception let a request in', async t => {
  const exception = { roleId: ROLE.id, notAfter: AT + 1_000, reason: 'Case 7' }
  const world = new DecisionWorld()
  const both = async () => [
    await decide(world.read('ann@example.com')),
    await decideDiscovery(world.discovery('ann@example.com')),
  ]
  const protection = { users: [ANN.id], groups: [], exceptions: [] }
  world.data.put('protection', 'list', protection)
  for (const denied of await both()) t.match(denied, { verdict: 'deny' })
  world.data.put('protection', 'list', { ...protection, exceptions: [exception] })
  for (const allowed of await both()) t.match(allowed, { verdict: 'allow', isExcepted: true })
  t.match(await decide(world.read('ann@example.com')), { exceptions: [exception] })
})

t.test('decideToken() decides without a target, and throws failures', async t => {
  t.match(await decideToken(new DecisionWorld().calling()), {
    decision: { verdict: 'allow' },
    role: ROLE,
    target: undefined,
  })
  const world = new DecisionWorld()
  world.lose(GONE, false)
  await t.rejects(decideToken(world.calling()), GONE)
  const elsewhere = new DecisionWorld().calling(organizationId('m-other'))
  await t.rejects(decideToken(elsewhere), { name: 'Failure', reason: 'role-unknown' } as never)
})

t.test('mayAssumeNamed() evaluates the policy of the principal for one role', t => {
  const world = new DecisionWorld()
  t.equal(mayAssumeNamed(world.calling(), 'r'), true)
  t.equal(mayAssumeNamed(world.calling(), 'other'), false)
  t.end()
})
