import { deepStrictEqual as deepEqual } from 'node:assert'
import fc from 'fast-check'
import t from 'tap'
import { EXCHANGE_IDS } from '../../sandbox/ids.ts'
import { type Item, MailStore } from '../../sandbox/store.ts'
import { changesSince } from '../../sandbox/sync.ts'

type Step = Readonly<{ kind: 'add' | 'change' | 'read' | 'remove' | 'page'; pick: number }>

const step: fc.Arbitrary<Step> = fc.record({
  kind: fc.constantFrom('add', 'add', 'change', 'read', 'remove', 'page'),
  pick: fc.nat(100),
})

function newStore() {
  const guid = crypto.randomUUID()
  const store = new MailStore(
    { guid, owner: 'a@example.com', isArchive: false, ids: EXCHANGE_IDS },
    () => 0,
  )
  return { store, folder: store.addFolder(undefined, 'Inbox', 'IPF.Note') }
}

/** A client that only knows what it is told. */
class Mirror {
  readonly known = new Map<number, number>()
  readonly complaints: string[] = []
  state: string | undefined

  page(store: MailStore, folder: ReturnType<typeof newStore>['folder'], most: number): boolean {
    const { changes, syncState, includesLast } = changesSince(
      'scope',
      this.state,
      store.change,
      folder.items.values(),
      folder.tombstones,
      most,
    )
    this.state = syncState
    if (changes.length > most) this.complaints.push('a page is too long')
    for (const change of changes) {
      if (change.kind === 'Delete') this.known.delete(change.counter)
      else this.#put(change.kind, change.entry)
    }
    return includesLast
  }

  #put(kind: string, { counter, readChanged }: Item) {
    if ((kind === 'Create') === this.known.has(counter))
      this.complaints.push(`${kind} of an item that is ${kind === 'Create' ? '' : 'not '}known`)
    this.known.set(counter, readChanged)
  }
}

const mirrors = fc.property(
  fc.array(step, { maxLength: 60 }),
  fc.integer({ min: 1, max: 5 }),
  (steps, most) => {
    const { store, folder } = newStore()
    const mirror = new Mirror()
    for (const { kind, pick } of steps) {
      const items = [...folder.items.values()]
      const item = items[pick % Math.max(1, items.length)]
      if (kind === 'add') store.addItem(folder, { kind: 'Message', properties: new Map() })
      else if (kind === 'page') mirror.page(store, folder, most)
      else if (item === undefined) continue
      else if (kind === 'remove') store.removeItem(item)
      else store.touchItem(item, kind === 'read' ? 'read-flag' : 'all')
    }
    // A run in progress ends at the changes known when it began. A second run returns the rest.
    while (!mirror.page(store, folder, most));
    while (!mirror.page(store, folder, most));
    const truth = [...folder.items.values()].map(item => [item.counter, item.readChanged] as const)
    deepEqual(mirror.complaints, [])
    deepEqual(mirror.known, new Map(truth))
  },
)

t.test('changesSince() lets a client mirror a folder, whatever happens between pages', async t => {
  t.doesNotThrow(() => fc.assert(mirrors, { numRuns: 300 }))
})

t.test('changesSince() reports a change of only the read flag', async t => {
  const { store, folder } = newStore()
  const item = store.addItem(folder, { kind: 'Message', properties: new Map() })
  const since = (state?: string) =>
    changesSince('s', state, store.change, folder.items.values(), folder.tombstones, 10)
  const first = since()
  store.touchItem(item, 'read-flag')
  const second = since(first.syncState)
  t.match(second.changes, [{ kind: 'ReadFlagChange' }])
  store.touchItem(item)
  t.match(since(second.syncState).changes, [{ kind: 'Update' }])
})

for (const state of [
  'x',
  Buffer.from('[]').toString('base64'),
  Buffer.from('{}').toString('base64'),
]) {
  t.throws(
    () => changesSince('s', state, 1, [], [], 1),
    { code: 'ErrorInvalidSyncStateData' },
    `changesSince() refuses ${state}`,
  )
}
t.throws(
  () => changesSince('b', changesSince('a', undefined, 1, [], [], 1).syncState, 1, [], [], 1),
  { code: 'ErrorInvalidSyncStateData' },
  'changesSince() refuses the state of another folder',
)
