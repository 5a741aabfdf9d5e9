/**
 * Data of decisions beside the policy: what is known, and what is loaded for each kind.
 */

import t from 'tap'
import { HeldData, type HeldDataOptions } from '../../src/gateway/held-data.ts'
import type { HeldSubject } from '../../src/model/policy-data.ts'
import type { UpstreamRequest } from '../../src/upstream/upstream.ts'
import { ANN, CREDENTIAL, ORGANIZATION } from '../decision/data.ts'
import { responseTo } from '../kit/responses.ts'

const QUERY = { folders: ['f'], items: [], user: ANN, mailboxes: [] }
const OWNERS = { guids: ['g'], users: [ANN] }
const MISSING = responseTo('GetItem', '<m:ResponseCode>ErrorItemNotFound</m:ResponseCode>')
const NOTHING_FOUND = { folders: [undefined], items: [] }

/** Data whose sources know some values, and load others. */
function heldData(known: Readonly<Record<string, unknown>>, keepsConnection?: boolean) {
  const calls: unknown[] = []
  const sender = (name: string) => ({
    send: ({ owner }: UpstreamRequest, sink: { chunk(bytes: Buffer): void; end(): void }) => {
      calls.push([name, owner])
      queueMicrotask(() => {
        sink.chunk(Buffer.from(MISSING))
        sink.end()
      })
      return { abort: () => undefined }
    },
  })
  const lease = (owner: string) => {
    calls.push(['lease', owner])
    return { ...sender('send on it'), release: () => void calls.push(['release']) }
  }
  const served = { organization: ORGANIZATION, upstream: { ...sender('send'), lease } }
  const call =
    (name: string) =>
    (...args: unknown[]) => {
      calls.push([name, ...args.map(arg => (arg === served ? 'served' : arg))])
      return known[name]
    }
  const held = new HeldData({
    served,
    ...(keepsConnection !== undefined && { keepsConnection }),
    principalId: CREDENTIAL.principal.id,
    mailboxOwners: {
      findOwners: call('findOwners'),
      ownersOf: call('ownersOf'),
      findShared: call('findShared'),
      isShared: call('isShared'),
    },
    contentClasses: { find: call('find'), classesOf: call('classesOf') },
    shownClasses: { find: call('shown') },
    tokenAnchors: {
      epoch: call('epoch'),
      loadEpoch: call('loadEpoch'),
      isSigningKey: call('isSigningKey'),
      loadSigningKey: call('loadSigningKey'),
    },
  } as unknown as HeldDataOptions)
  return { held, calls }
}

const { id: owner } = CREDENTIAL.principal

/** Kinds with the calls that find and load a value, and entries by what these return. */
const KINDS: readonly (readonly [
  subject: HeldSubject,
  find: readonly [name: string, ...args: unknown[]],
  load: readonly [name: string, ...args: unknown[]],
  values: readonly (readonly [returned: unknown, value: unknown])[],
])[] = [
  [
    { kind: 'content-classes', id: QUERY },
    ['find', 'served', QUERY],
    ['classesOf', 'served', QUERY, owner],
    [[NOTHING_FOUND, NOTHING_FOUND]],
  ],
  [{ kind: 'epoch', id: 'current' }, ['epoch'], ['loadEpoch'], [['e', 'e']]],
  [
    { kind: 'mailbox-owners', id: OWNERS },
    ['findOwners', 'served', OWNERS.guids, OWNERS.users],
    ['ownersOf', 'served', OWNERS.guids, OWNERS.users, owner],
    [[[ANN.id], [ANN.id]]],
  ],
  [
    { kind: 'shared-mailbox', id: ANN },
    ['findShared', 'served', ANN],
    ['isShared', 'served', ANN, owner],
    [
      [true, true],
      [false, false],
    ],
  ],
  [
    { kind: 'signing-key', id: 'k' },
    ['isSigningKey', 'k'],
    ['loadSigningKey', 'k'],
    [
      [true, true],
      [false, undefined],
    ],
  ],
]

for (const [subject, find, load, values] of KINDS)
  t.test(`HeldData finds and loads ${subject.kind}`, async t => {
    const unknown = heldData({})
    t.equal(unknown.held.find(subject.kind, subject.id as never), undefined, 'unknown')
    t.strictSame(unknown.calls, [find])
    for (const [returned, value] of values) {
      const { held } = heldData({ [find[0]]: returned })
      t.strictSame(held.find(subject.kind, subject.id as never), { value, from: 0 })
      const loading = heldData({ [load[0]]: Promise.resolve(returned) })
      t.strictSame(await loading.held.load([subject]), [{ value, from: 0 }])
      t.strictSame(loading.calls, [load])
    }
  })

const STORED = { items: [{ id: 'i' } as never], user: ANN }

t.test('R13 HeldData keeps the connection of the question about stored items', async t => {
  const { held, calls } = heldData({}, true)
  const stored = { kind: 'stored-items', id: STORED } as const
  await held.load([stored])
  t.strictSame(calls.splice(0), [
    ['lease', owner],
    ['send on it', owner],
  ])
  t.ok(held.lease)
  await held.load([stored])
  t.strictSame(calls.splice(0), [['send on it', owner]])

  const other = { kind: 'content-classes', id: QUERY } as const
  await held.load([other])
  const names = () => calls.splice(0).map(call => (call as unknown[])[0])
  t.strictSame(names(), ['release', 'classesOf'], 'before the gateway waits for another connection')
  t.equal(held.lease, undefined)
  await held.load([stored])
  t.strictSame(names(), ['lease', 'send on it'])
  await held.load([stored, other])
  t.strictSame(names(), ['release', 'lease', 'send on it', 'classesOf'])
  held.release()
  held.release()
  t.strictSame(calls.splice(0), [['release']])

  const direct = heldData({}, false)
  await direct.held.load([stored])
  t.strictSame(direct.calls, [['send', owner]])
  t.equal(direct.held.lease, undefined)
})

t.test('HeldData asks for stored items each time', async t => {
  const { held, calls } = heldData({})
  const id = STORED
  t.equal(held.find('stored-items', id), undefined)
  const found = { value: [{ code: 'ErrorItemNotFound', item: undefined }], from: 0 }
  for (let time = 0; time < 2; time += 1) {
    t.strictSame(await held.load([{ kind: 'stored-items', id }]), [found])
    t.strictSame(calls.splice(0), [['send', owner]])
    t.equal(held.find('stored-items', id), undefined, 'clients can change them at any time')
  }
})

t.test('HeldData loads subjects in their order', async t => {
  const { held } = heldData({ loadEpoch: Promise.resolve('e'), isShared: true })
  const epoch = { kind: 'epoch', id: 'current' } as const
  const shared = { kind: 'shared-mailbox', id: ANN } as const
  const values = (await held.load([shared, epoch, shared])).map(({ value }) => value)
  t.strictSame(values, [true, 'e', true])
  t.strictSame(await held.load([]), [])
})

t.test('HeldData finds what responses have shown, and never loads it', async t => {
  const { held, calls } = heldData({ shown: NOTHING_FOUND })
  const subject = { kind: 'shown-classes', id: QUERY } as const
  t.strictSame(held.find('shown-classes', QUERY), { value: NOTHING_FOUND, from: 0 })
  t.strictSame(calls.splice(0), [['shown', 'served', QUERY]])
  t.strictSame(await held.load([subject]), [{ value: undefined, from: 0 }])
  t.strictSame(calls, [])
  t.equal(heldData({}).held.find('shown-classes', QUERY), undefined)
})
