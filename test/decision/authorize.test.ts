/**
 * The order of the checks, one state of the store, and what is missing.
 */

import fc from 'fast-check'
import t from 'tap'
import { type Authorization, authorize } from '../../src/decision/authorize.ts'
import type { AuthorizationRequest } from '../../src/decision/decision.ts'
import { explain } from '../../src/decision/explain.ts'
import { loadAndDecide } from '../../src/decision/load.ts'
import { NO_FACTS } from '../../src/ews/reader.ts'
import type { Reason } from '../../src/model/decision.ts'
import { byAddress } from '../../src/model/identity.ts'
import type { DataKind, IdOf } from '../../src/model/policy-data.ts'
import type { Credential } from '../../src/model/principal.ts'
import type { ImpersonationRole } from '../../src/model/role.ts'
import { ANN, AT, BOB, CREDENTIAL, GET_FOLDER, ROLE, TestData } from './data.ts'

/** A request and the content of the store, which a test changes in part. */
type World = Readonly<{
  request: AuthorizationRequest<'EWS'>
  role: ImpersonationRole
  credential: Credential
  isOpen: boolean
  isShared: boolean
}>

const WORLD: World = {
  request: { ...GET_FOLDER, body: NO_FACTS },
  role: ROLE,
  credential: CREDENTIAL,
  isOpen: true,
  isShared: false,
}

function dataOf({ role, credential, isOpen, isShared }: World): TestData {
  const data = new TestData()
  data.put('role', role.id, role)
  data.put('credential', credential.key.id, credential)
  if (!isOpen) data.put('access-control', 'rules', [])
  data.put('shared-mailbox', ANN, isShared)
  return data
}

const missingIn = (result: Authorization<'EWS'>) => ('missing' in result ? result.missing : [])

function decisionIn(world: World) {
  const decided = authorize(world.request, dataOf(world))
  if ('missing' in decided) throw new Error('Something is missing')
  return decided
}

const withRole = (world: World, change: Partial<ImpersonationRole>): World => ({
  ...world,
  role: { ...world.role, ...change },
})
const withRequest = (world: World, change: Partial<World['request']>): World => ({
  ...world,
  request: { ...world.request, ...change },
})
const withPrincipal = (world: World, change: Partial<Credential['principal']>): World => ({
  ...world,
  credential: {
    ...world.credential,
    principal: { ...world.credential.principal, ...change },
  },
})

const ASKING_FOR_ROLE = {
  kind: 'key',
  keyId: CREDENTIAL.key.id,
  secretHash: CREDENTIAL.key.secretHash,
  roleReference: ROLE.id as string,
} as const

/** One thing each that denies, in the order of the checks. */
const SPOILS: readonly (readonly [Reason, (world: World) => World])[] = [
  [
    'role-not-permitted',
    world =>
      withRequest(withPrincipal(world, { policy: { Version: '2012-10-17', Statement: [] } }), {
        caller: ASKING_FOR_ROLE,
      }),
  ],
  ['role-locked', world => withRole(world, { lock: {} })],
  ['access-control-denies', world => ({ ...world, isOpen: false })],
  [
    'role-is-read-only',
    world => withRequest(withRole(world, { type: 'READ_ONLY' }), { requestElement: 'DeleteItem' }),
  ],
  ['impersonation-conflict', world => withRequest(world, { mailbox: BOB.primarySmtpAddress })],
  ['rule-denies', world => withRole(world, { rules: [{ id: 'never', effect: 'DENY' }] })],
  ['foreign-mailbox', world => ({ ...world, isShared: true })],
  [
    'push-subscription',
    world => withRequest(world, { body: { ...NO_FACTS, pushSubscription: true } }),
  ],
]

t.test('authorize() allows, and tells as whom, by what and on which state', async t => {
  t.match(decisionIn(WORLD), {
    decision: { verdict: 'allow', matchedRules: ['everyone'] },
    basis: { policyVersion: 1, knownSince: AT - 5 },
    principal: { id: CREDENTIAL.principal.id },
    role: { id: ROLE.id },
    target: { kind: 'user', user: ANN },
  })
})

t.test('the first check that denies decides, whatever the later ones would say', async t => {
  const some = fc.subarray([...SPOILS.keys()], { minLength: 1 })
  fc.assert(
    fc.property(some, indexes => {
      const world = indexes.reduce((spoiled, n) => (SPOILS[n] as Spoil)[1](spoiled), WORLD)
      const [reason] = SPOILS[Math.min(...indexes)] as Spoil
      t.match(decisionIn(world).decision, { verdict: 'deny', reason }, `${reason} ${indexes}`)
    }),
    { examples: SPOILS.map((_, n) => [[n]]) },
  )
})

type Spoil = (typeof SPOILS)[number]

t.test('explain() shows every check that denies, and decides like authorize()', async t => {
  const some = fc.subarray([...SPOILS.keys()])
  fc.assert(
    fc.property(some, indexes => {
      const world = indexes.reduce((spoiled, n) => (SPOILS[n] as Spoil)[1](spoiled), WORLD)
      const explanation = explain(world.request, dataOf(world))
      if ('missing' in explanation) throw new Error('Something is missing')
      t.strictSame(explanation.decided, decisionIn(world))
      const denials = explanation.checks.flatMap(({ outcome }) =>
        outcome.kind === 'deny' ? outcome.reason : [],
      )
      const spoiled = indexes.map(n => (SPOILS[n] as Spoil)[0])
      const hidden = spoiled.includes('impersonation-conflict') ? DEPENDING : []
      for (const reason of spoiled.filter(reason => !hidden.includes(reason)))
        t.ok(denials.includes(reason), `${reason} among ${denials}`)
    }),
  )
})

/** Reasons of checks that need one user. */
const DEPENDING: readonly Reason[] = ['rule-denies', 'foreign-mailbox', 'push-subscription']

/** Subjects that a decision needs, and a request for which it needs them. */
const SUBJECTS: readonly (readonly [DataKind, unknown, Partial<World['request']>?])[] = [
  ['access-control', 'rules'],
  ['protection', 'list'],
  ['credential', CREDENTIAL.key.id],
  ['role', ROLE.id],
  ['name', byAddress(ANN.primarySmtpAddress)],
  ['name', byAddress(BOB.primarySmtpAddress), { mailbox: BOB.primarySmtpAddress }],
  ['role-name', 'Another', { caller: { ...ASKING_FOR_ROLE, roleReference: 'Another' } }],
  ['shared-mailbox', ANN],
]

t.test('authorize() decides nothing as long as a subject is missing', async t => {
  for (const [kind, id, change = {}] of SUBJECTS) {
    const world = withRequest(WORLD, change)
    const data = dataOf(world)
    data.hide(kind, id as IdOf<DataKind>)
    t.strictSame(missingIn(authorize(world.request, data)), [{ kind, id }], kind)
    const loaded = await loadAndDecide(data, () => authorize(world.request, data))
    t.strictSame(loaded, decisionIn(world), `${kind} loaded`)
  }
})

t.test('P5 authorize() decides only on values that hold at one version', async t => {
  for (const [kind, id] of [
    ['role', ROLE.id],
    ['credential', CREDENTIAL.key.id],
    ['access-control', 'rules'],
    ['name', byAddress(ANN.primarySmtpAddress)],
  ] as const) {
    const data = dataOf(WORLD)
    const known = data.find(kind, id)
    data.put(kind, id, known?.value, 4)
    data.fresh = { version: 3, at: AT }
    const missing = missingIn(authorize(WORLD.request, data))
    t.strictSame(missing, [{ kind: 'freshness', version: 4 }], kind)
    data.fresh = { version: 4, at: AT }
    t.match(authorize(WORLD.request, data), { basis: { policyVersion: 4 } }, `${kind}, seen`)
  }
})

t.test('P6 authorize() decides nothing if the store was not seen recently', async t => {
  const data = dataOf(WORLD)
  data.fresh = undefined
  t.strictSame(missingIn(authorize(WORLD.request, data)), [{ kind: 'freshness', version: 1 }])
  const denied = withRole(WORLD, { lock: {} })
  const stale = dataOf(denied)
  stale.fresh = undefined
  t.match(authorize(denied.request, stale), { missing: [{ kind: 'freshness' }] }, 'a denial, too')
})

t.test('loadAndDecide() fails if the policy changes faster than it can be read', async t => {
  const data = dataOf(WORLD)
  data.load = async () => undefined
  data.hide('role', ROLE.id)
  const decide = async () => loadAndDecide(data, () => authorize(WORLD.request, data))
  await t.rejects(decide, { reason: 'policy-unavailable' } as never)
})
