/**
 * Explanations of what the store doesn't hold: what only the upstream could tell, and what must be loaded.
 */

import t from 'tap'
import { explain } from '../../src/decision/explain.ts'
import { NO_FACTS } from '../../src/ews/reader.ts'
import type { BodyFacts } from '../../src/model/envelope.ts'
import type { DataKind } from '../../src/model/policy-data.ts'
import { DEFAULT_GUARD, type ImpersonationRole } from '../../src/model/role.ts'
import { coldData, NOT_EVE } from './crowd.ts'
import { ANN, GET_FOLDER } from './data.ts'
import { ALL_PASS, explainBy, explained, outcomesOf, type Request } from './outcomes.ts'

const request: Request = { ...GET_FOLDER, body: NO_FACTS }
const HELD: readonly DataKind[] = ['name', 'user', 'subscription', 'mailbox-owners']
const TOLD: readonly DataKind[] = ['shared-mailbox', 'stored-items']
const without = (kind: DataKind): readonly DataKind[] =>
  [...HELD, ...TOLD].filter(other => other !== kind)

const bobs = { mailboxes: [{ address: 'bob@example.com', allowed: 'own' }] } as const
const sends = { sends: true, sentItems: [{ id: 'A' }] } as const

/** `[what is not held, facts, outcomes]`. */
const UNKNOWNS: readonly (readonly [DataKind, Partial<BodyFacts>, object])[] = [
  ['shared-mailbox', {}, { SharedMailbox: 'unknown' }],
  ['shared-mailbox', bobs, { SharedMailbox: 'unknown', Body: 'unknown' }],
  ['shared-mailbox', { subscriptions: ['ann'] }, { SharedMailbox: 'unknown', Body: 'unknown' }],
  ['mailbox-owners', {}, {}],
  ['mailbox-owners', { mailboxGuids: ['bob'] }, { Body: 'unknown' }],
  ['mailbox-owners', bobs, { Body: 'unknown' }],
  ['stored-items', {}, {}],
  ['stored-items', sends, { Body: 'unknown' }],
]

/** A role that can name the mailboxes of other users. */
const PERMITTED: ImpersonationRole = {
  ...NOT_EVE,
  guard: { ...DEFAULT_GUARD, mailboxes: 'permitted' },
}

t.test('explain() shows the questions for the upstream, and never asks them', async t => {
  for (const [kind, facts, outcomes] of UNKNOWNS) {
    const { data } = coldData(without(kind))
    data.put('role', PERMITTED.id, PERMITTED)
    const explanation = explainBy({ ...request, body: { ...NO_FACTS, ...facts } }, data)
    const name = `${kind} of ${Object.keys(facts)}`
    t.strictSame(outcomesOf(explanation), { ...ALL_PASS, ...outcomes }, name)
    t.equal(explanation.endedBy, undefined, name)
    const verdict = Object.keys(outcomes).length === 0 ? 'allow' : undefined
    t.equal(explanation.decided?.decision.verdict, verdict, name)
  }
})

t.test('explain() never asks the upstream for the classes of folders in a profile', async t => {
  const profiled = { ...PERMITTED, profile: { name: 'mail-read' } } as const
  const named = [{ kind: 'folder', id: 'x', isDestination: false }] as const
  for (const [what, facts, others] of [
    ['a class', {}, {}],
    ['an owner', { mailboxGuids: ['bob'] }, { 'mailbox-owners': () => undefined }],
    ['a deleted owner', { mailboxGuids: ['bob'] }, { user: () => undefined }],
  ] as const) {
    const { data } = coldData([...HELD, ...TOLD], others)
    data.put('role', profiled.id, profiled)
    const body = { ...NO_FACTS, content: { ...NO_FACTS.content, named }, ...facts }
    t.equal(outcomesOf(explainBy({ ...request, body }, data))['FolderClasses'], 'unknown', what)
  }
  const { data } = coldData([...HELD, ...TOLD])
  data.put('role', profiled.id, profiled)
  const unknown = { ...request, caller: explained(undefined) }
  t.not(outcomesOf(explainBy(unknown, data))['FolderClasses'], 'unknown', 'no folder, no caller')
  const body = { ...NO_FACTS, subscriptions: ['ann'] }
  const outcome = outcomesOf(explainBy({ ...unknown, body }, data))['FolderClasses']
  t.equal(outcome, 'unknown', 'a subscription, whose owner is not known')
})

t.test('explain() denies without an answer of the upstream', async t => {
  const { data } = coldData(HELD)
  for (const [name, facts, reason] of [
    ['a grant', { grants: true }, 'grant-refused'],
    ['a push subscription and items', { ...sends, pushSubscription: true }, 'push-subscription'],
    ['a sender', { ...sends, senders: ['bob@example.com'] }, 'sender-refused'],
  ] as const) {
    const explanation = explainBy({ ...request, body: { ...NO_FACTS, ...facts } }, data)
    const outcomes = { ...ALL_PASS, SharedMailbox: 'unknown', Body: reason }
    t.strictSame(outcomesOf(explanation), outcomes, name)
    t.match(explanation.decided, { decision: { verdict: 'deny', reason } }, name)
  }
})

t.test('explain() assumes no subscriptions for an unknown caller', async t => {
  const { data } = coldData([...HELD, ...TOLD])
  for (const [facts, outcome] of [
    [{ subscriptions: ['ann'] }, 'unknown'],
    [{ subscriptions: ['ann'], pushSubscription: true }, 'push-subscription'],
    [{ subscriptions: ['ann'], unknownSubscription: true }, 'foreign-subscription'],
    [{ subscriptions: [] }, 'pass'],
    [{ mailboxes: [{ address: 'ann@example.com', allowed: 'own' }] }, 'pass'],
  ] as const) {
    const body = { ...NO_FACTS, ...facts }
    const explanation = explainBy({ ...request, caller: explained(undefined), body }, data)
    t.equal(outcomesOf(explanation)['Body'], outcome)
  }
})

t.test('explain() decides nothing until the values of the store are loaded', async t => {
  for (const [held, facts, missing] of [
    [['user'], {}, [{ kind: 'name', id: GET_FOLDER.connectingSid }]],
    [['name', 'user'], { subscriptions: ['ann'] }, [{ kind: 'subscription', id: 'ann' }]],
    [
      ['name', 'subscription', 'shared-mailbox'],
      { subscriptions: ['ann'] },
      [{ kind: 'user', id: ANN.id }],
    ],
  ] as const) {
    const { data } = coldData(held)
    const result = explain({ ...request, body: { ...NO_FACTS, ...facts } }, data)
    t.strictSame('missing' in result && result.missing, missing)
  }
  const { data } = coldData([...HELD, ...TOLD])
  data.fresh = undefined
  const stale = explain(request, data)
  t.strictSame('missing' in stale && stale.missing, [{ kind: 'freshness', version: 1 }])
})
