/**
 * The watch over a real store: what it finds, and how good what is known is after that.
 */

import { copyFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { type ChangeSink, Watch } from '../../src/cache/watch.ts'
import type { PolicyChange } from '../../src/model/subject.ts'
import { openSqlite } from '../../src/store/sqlite.ts'
import type { Store } from '../../src/store/store.ts'
import { openNewStore } from '../kit/store-file.ts'
import { elsewhere, organization, role } from '../store/samples.ts'
import { MAX_AGE_MS, settle, storeGate } from './parts.ts'

const BUSY = { name: 'Failure', reason: 'policy-unavailable' }

/** Records the work that it receives, one line each. */
class Notes implements ChangeSink {
  lines: string[] = []

  changed(of: string, changes: readonly PolicyChange[]) {
    this.lines.push(`changed ${nameOf(of)} ${changes.map(({ version }) => version).join(' ')}`)
  }

  changedUnnamed(of: string, version: number) {
    this.lines.push(`all of ${nameOf(of)} ${version}`)
  }

  reset(_: unknown, why: string) {
    this.lines.push(why)
  }

  seen() {
    this.lines.push('seen')
  }

  take(): string[] {
    const { lines } = this
    this.lines = []
    return lines
  }
}

const nameOf = (of: string) => (of === organization ? 'ours' : 'theirs')

/** A watch that has not looked yet; `stores.present` is the store that it sees. */
function watching(store: Store) {
  const stores = { present: store }
  const gate = storeGate()
  const clock = { now: 1_800_000_000_000, elapsed: 5_000 }
  const sink = new Notes()
  const watch = new Watch({
    store: gate.before({
      policyVersions: () => stores.present.policyVersions(),
      changesSince: (of: typeof organization, version: number) =>
        stores.present.changesSince(of, version),
      newEpoch: (replacing?: string) => stores.present.newEpoch(replacing),
    }),
    clock: { now: () => clock.now, elapsed: () => clock.elapsed },
    maxAgeMs: MAX_AGE_MS,
    sink,
  })
  const pass = (ms: number) => {
    clock.now += ms
    clock.elapsed += ms
  }
  return { watch, sink, gate, clock, pass, stores }
}

const asked = (gate: ReturnType<typeof storeGate>) => gate.asked.splice(0).join(' ')

t.test('R27 results of a poll', async t => {
  const store = await openNewStore()
  t.teardown(() => store.close())
  await store.putRole(role)
  const { watch, sink, gate, pass, stores } = watching(store)
  t.throws(() => watch.policyVersions, BUSY, 'P6 nothing is known before the first')
  t.notOk(watch.isFresh)
  await watch.poll()
  t.strictSame(sink.take(), ['start', 'seen'])
  t.equal(watch.versionOf(organization), 1)
  await watch.poll()
  t.strictSame(sink.take(), ['seen'], 'nothing')

  await store.lockRole(organization, role.id, {})
  await store.lockRole(organization, role.id, undefined)
  await store.putRole({ ...role, organizationId: elsewhere })
  await watch.poll()
  t.strictSame(sink.take().sort(), ['changed ours 2 3', 'changed theirs 1', 'seen'], 'changes')

  stores.present = {
    ...store,
    changesSince: async (...of) => (await store.changesSince(...of)).slice(1),
  }
  await store.lockRole(organization, role.id, {})
  await store.lockRole(organization, role.id, undefined)
  await watch.poll()
  t.strictSame(sink.take(), ['all of ours 5', 'seen'], 'changes of which the first is lost')
  stores.present = { ...store, changesSince: async () => [] }
  await store.lockRole(organization, role.id, {})
  await watch.poll()
  t.strictSame(sink.take(), ['all of ours 6', 'seen'], 'changes that are all lost')
  stores.present = {
    ...store,
    changesSince: async (of, version) => {
      await store.lockRole(organization, role.id, undefined)
      return await store.changesSince(of, version)
    },
  }
  await store.lockRole(organization, role.id, { message: 'a' })
  await watch.poll()
  t.strictSame(sink.take(), ['changed ours 7 8', 'seen'], 'a change while it looks')
  t.equal(watch.versionOf(organization), 8)
  stores.present = store
  await watch.poll()
  t.strictSame(sink.take(), ['seen'], 'and it is not found again')

  pass(MAX_AGE_MS)
  await store.lockRole(organization, role.id, { message: 'b' })
  await watch.poll()
  t.strictSame(sink.take(), ['gap', 'seen'], 'after a pause that is too long')
  await store.newEpoch()
  await watch.poll()
  t.strictSame(sink.take(), ['restored', 'seen'], 'another epoch')
  t.ok(watch.isOf(await store.epoch()))
  t.notMatch(asked(gate), /newEpoch/, 'which stays')
})

t.test('R27 a restored store gets another epoch, however often that fails', async t => {
  const file = join(t.testdir(), 'gateway.db')
  const before = await openSqlite(file)
  await before.putRole(role)
  await before.close()
  await copyFile(file, `${file}.copy`)
  const store = await openSqlite(file)
  await store.lockRole(organization, role.id, {})
  const { watch, sink, gate, stores } = watching(store)
  await watch.poll()
  const { epoch } = watch.policyVersions
  await store.close()
  await copyFile(`${file}.copy`, file)
  const restored = await openSqlite(file)
  t.teardown(() => restored.close())
  t.equal(await restored.epoch(), epoch, 'the copy has the same')
  const down = async () => {
    throw new Error('down')
  }
  stores.present = { ...restored, newEpoch: down }
  sink.take()
  for (const attempt of ['first', 'second']) {
    await t.rejects(watch.poll(), { message: 'down' })
    t.notOk(watch.isFresh, attempt)
    t.throws(() => watch.policyVersions, BUSY, attempt)
    t.notOk(watch.isOf(epoch), attempt)
  }
  stores.present = restored
  await watch.poll()
  t.strictSame(sink.take(), ['restored', 'seen'])
  t.not(await restored.epoch(), epoch)
  t.equal(watch.policyVersions.epoch, await restored.epoch())
  t.equal(watch.versionOf(organization), 1)
  t.match(asked(gate), /newEpoch/)
})

t.test('R26 a poll is fresh only while both clocks say so', async t => {
  const store = await openNewStore()
  t.teardown(() => store.close())
  for (const [what, now, elapsed, isFresh] of [
    ['at once', 0, 0, true],
    ['just before its end', 299_999, 299_999, true],
    ['at its end', 300_000, 300_000, false],
    ['at its end, when the wall clock went back', -3_600_000, 300_000, false],
    ['as long as both clocks say so', 299_999, 10, true],
    ['when the wall clock ran ahead, or the machine slept', 300_000, 10, false],
  ] as const) {
    const { watch, clock } = watching(store)
    await watch.poll()
    clock.now += now
    clock.elapsed += elapsed
    t.equal(watch.isFresh, isFresh, what)
    if (isFresh) t.ok(watch.policyVersions, what)
    else t.throws(() => watch.policyVersions, BUSY, what)
  }
})

t.test('P5 the age of a poll counts from when it began', async t => {
  const store = await openNewStore()
  t.teardown(() => store.close())
  const { watch, gate, clock, pass } = watching(store)
  const { now } = clock
  gate.hold('policyVersions', 'answer')
  const look = watch.poll()
  pass(MAX_AGE_MS - 1)
  gate.open()
  await look
  t.equal(watch.seen.now, now)
  t.ok(watch.isFresh)
  pass(1)
  t.notOk(watch.isFresh)
})

t.test('P5 look() begins after the call, and runs only once at a time', async t => {
  const store = await openNewStore()
  t.teardown(() => store.close())
  await store.putRole(role)
  const { watch, gate } = watching(store)
  gate.hold('policyVersions', 'answer')
  const first = watch.poll()
  await settle()
  await store.lockRole(organization, role.id, {})
  const others = [watch.poll(), watch.poll()]
  void first.then(() => watch.poll()).catch(() => undefined)
  gate.release(0)
  await first
  t.equal(watch.versionOf(organization), 1, 'a look sees what there was')
  await settle()
  t.equal(gate.atOnce.get('policyVersions'), 1)
  gate.open()
  await Promise.all(others)
  await settle()
  t.equal(watch.versionOf(organization), 2, 'and whoever came later sees what there is then')
  t.equal(
    asked(gate),
    'policyVersions policyVersions changesSince',
    'those who wait share one look',
  )
  t.equal(gate.atOnce.get('policyVersions'), 1)
})

t.test('P6 a failed poll keeps the earlier result and its age', async t => {
  const store = await openNewStore()
  t.teardown(() => store.close())
  await store.putRole(role)
  const { watch, gate, pass, sink } = watching(store)
  await watch.poll()
  pass(1_000)
  gate.isCut = true
  await t.rejects(watch.poll(), BUSY)
  t.equal(watch.versionOf(organization), 1)
  await watch.refresh()
  pass(MAX_AGE_MS - 1_001)
  t.ok(watch.isFresh)
  pass(1)
  asked(gate)
  await t.rejects(watch.refresh(), { ...BUSY, kind: 'policy' })
  await t.rejects(watch.refresh(), { ...BUSY, kind: 'policy' })
  pass(999)
  await t.rejects(watch.refresh(), { ...BUSY, kind: 'policy' })
  t.equal(asked(gate), 'policyVersions', 'R27 whoever waits does not make it worse')
  pass(1)
  gate.isCut = false
  sink.take()
  await watch.refresh()
  t.strictSame(sink.take(), ['gap', 'seen'])
  t.equal(asked(gate), 'policyVersions')
  await watch.refresh()
  t.equal(asked(gate), '', 'what is fresh is not looked at')
})

t.test('R27 if one organization cannot be polled, no version is claimed', async t => {
  const store = await openNewStore()
  t.teardown(() => store.close())
  const { watch, gate, sink } = watching(store)
  await watch.poll()
  await store.putRole(role)
  gate.hold('changesSince', 'request')
  const look = watch.poll()
  await settle()
  t.equal(watch.versionOf(organization), 0, 'nothing is claimed before it is carried out')
  gate.open()
  await look
  t.equal(watch.versionOf(organization), 1)
  sink.take()
  await store.lockRole(organization, role.id, {})
  const { changesSince } = store
  store.changesSince = async () => {
    throw new Error('no')
  }
  await t.rejects(watch.poll(), { message: 'no' })
  t.equal(watch.versionOf(organization), 1)
  store.changesSince = changesSince
  await watch.poll()
  t.strictSame(sink.take(), ['changed ours 2', 'seen'])
})

t.test('R16 reach() polls only for a version that was not seen, and once', async t => {
  const store = await openNewStore()
  t.teardown(() => store.close())
  await store.putRole(role)
  const { watch, gate } = watching(store)
  await watch.poll()
  asked(gate)
  await watch.reach(organization, 1)
  t.equal(asked(gate), '')
  await store.lockRole(organization, role.id, {})
  await watch.reach(organization, 2)
  t.equal(watch.versionOf(organization), 2)
  asked(gate)
  await watch.reach(organization, 99)
  t.equal(asked(gate), 'policyVersions', 'a version that is nowhere')
  gate.isCut = true
  await t.rejects(watch.reach(organization, 3), BUSY)
})
