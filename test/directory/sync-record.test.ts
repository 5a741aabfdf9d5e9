/** The record of a synchronization that gateways share: what is read of it, and what is done if it is not understood. */

import t from 'tap'
import type { Listing } from '../../src/directory/directory.ts'
import { readRecord } from '../../src/directory/sync-record.ts'
import { Synchronizer } from '../../src/directory/synchronizer.ts'
import { organizationId } from '../../src/model/identity.ts'
import { damagesOf } from '../kit/damage.ts'
import { openNewStore } from '../kit/store-file.ts'

const organization = organizationId('m-0123456789abcdef0123456789abcdef')

const WHOLE = {
  state: {
    attemptedAt: 2,
    succeededAt: 1,
    failures: 0,
    message: 'Stopped',
    stopped: { removed: 1, of: 2 },
    unfit: [{ entryId: 'e', who: 'ann', problem: 'no address' }],
  },
  progress: {
    cursor: { server: 's', number: '1' },
    fullAt: 1,
    userIds: { e: 'u' },
    groupIds: { f: 'g' },
    again: ['e'],
  },
  lease: { holder: 'host', until: 3 },
}
const OPTIONAL = [
  'attemptedAt',
  'succeededAt',
  'message',
  'stopped',
  'entryId',
  'cursor',
  'fullAt',
  'lease',
  // Names of members of the two maps.
  'e',
  'f',
]

t.test('R51 readRecord() reads only what it understands completely', async t => {
  t.strictSame(readRecord(JSON.stringify(WHOLE)), WHOLE)
  t.match(readRecord(undefined), { state: { failures: 0 } })
  const isMap = (what: string) => / (?:unknown member|by another name) .*Ids$/.test(` ${what}`)
  for (const { what, text } of damagesOf(JSON.stringify(WHOLE), { enums: [], optional: OPTIONAL }))
    if (!isMap(what)) t.equal(readRecord(text), undefined, what)
})

t.test('R51 a record that is not understood stops the synchronization and alarms', async t => {
  const store = await openNewStore()
  t.teardown(() => store.close())
  const key = `directory:${organization}` as const
  const text = JSON.stringify({ ...WHOLE, later: true })
  await store.putFleetState(key, text, undefined)
  let reads = 0
  const synchronizer = new Synchronizer({
    organization,
    source: {
      read: async (): Promise<Listing> => {
        reads += 1
        throw new Error('The directory is read')
      },
    },
    store,
    holder: 'test',
    intervalMs: 1_000,
    disabled: [],
    now: () => 1_000_000,
    announce: async () => undefined,
    recordsOf: () => {
      throw new Error('There is a change')
    },
    deliver: async () => undefined,
  })
  const alarm = /does not understand the state of the synchronization/
  t.match(await synchronizer.state(), { failures: 3, alarm })
  t.match(await synchronizer.synchronizeWhenDue(), { outcome: 'failed', message: alarm })
  t.equal(await synchronizer.synchronizeWhenDue(), undefined, 'it is reported once')
  t.match(await synchronizer.synchronize({ acceptRemovals: true }), { outcome: 'failed' })
  t.equal(reads, 0)
  t.equal(await store.fleetState(key), text)
})
