/**
 * Tests how a store records changes in the transaction that makes them. Part of the suite.
 */

import type { Test } from 'tap'
import { ConflictError, type Store } from '../../src/store/store.ts'
import { elsewhere, organization, principal, role } from './samples.ts'
import type { Open } from './suite.ts'

const recordOf = (id: string) => ({ id, record: JSON.stringify({ id }) })

/** IDs of the records that were not claimed in the last second. */
const claim = async (store: Store) => (await store.claimOutbox(1_000)).map(({ id }) => id)

export async function outboxSuite(t: Test, open: Open): Promise<void> {
  t.test('R37 change() makes changes and adds their records, all or nothing', async t => {
    let now = 1_000
    const store = await open(t, () => now)
    const result = await store.change(organization, async transaction => {
      await transaction.putRole(role)
      await transaction.putPrincipal(principal)
      t.match(await transaction.role(organization, role.id), { name: role.name }, 'reads its own')
      const version = await transaction.policyVersion(organization)
      return { result: version, records: [recordOf('b'), recordOf('a')] }
    })
    t.equal(result, 2)
    t.match(await store.role(organization, role.id), { name: role.name })
    t.match(await store.principal(organization, principal.id), { name: principal.name })
    now = 2_000
    const records = await store.claimOutbox(1_000)
    t.strictSame(records, [recordOf('a'), recordOf('b')], 'oldest first')
  })

  t.test('recordedVersion() has the version at the beginning of a transaction', async t => {
    const store = await open(t)
    await store.putRole(role)
    const epoch = await store.epoch()
    t.strictSame(await store.recordedVersion(organization), { policyVersion: 1, epoch })
    t.strictSame(await store.recordedVersion(elsewhere), { policyVersion: 0, epoch })
    const recorded = await store.change(organization, async transaction => {
      await transaction.putPrincipal(principal)
      await transaction.deleteRole(organization, role.id)
      return { result: await transaction.recordedVersion(organization), records: [] }
    })
    t.strictSame(recorded, { policyVersion: 3, policyVersionBefore: 1, epoch })
  })

  for (const [what, error] of [
    ['an error of its work', new TypeError('No')],
    ['an error that the store promises', new ConflictError([{ index: 0, message: 'No' }])],
    ['a value that is no error', 'No'],
  ] as const)
    t.test(`R37 change() undoes everything at ${what}`, async t => {
      const store = await open(t)
      const failing = store.change(organization, async transaction => {
        await transaction.putRole(role)
        throw error
      })
      t.equal(await failing.catch(thrown => thrown), error, 'it is thrown as it is')
      t.equal(await store.role(organization, role.id), undefined)
      t.equal(await store.policyVersion(organization), 0)
      t.strictSame(await store.claimOutbox(-1), [])
      await store.putRole(role)
      t.match(await store.role(organization, role.id), { version: 1 }, 'the store continues')
    })

  t.test('change() undoes everything if a record cannot be added', async t => {
    const store = await open(t)
    const failing = store.change(organization, async transaction => {
      await transaction.putRole(role)
      return { result: 1, records: [recordOf('a'), recordOf('a')] }
    })
    await t.rejects(failing, { name: 'Failure' })
    t.equal(await store.role(organization, role.id), undefined)
    t.strictSame(await store.claimOutbox(-1), [])
  })

  t.test('of several changes prepared for one version, only one is made', async t => {
    const store = await open(t)
    const { version } = await store.putRole(role)
    const outcomes = await Promise.allSettled(
      ['a', 'b', 'c', 'd'].map(description =>
        store.change(organization, async transaction => {
          const present = await transaction.role(organization, role.id)
          if (present?.version !== version) throw new Error('Somebody else was faster')
          await transaction.putRole({ ...role, description })
          return { result: description, records: [recordOf(description)] }
        }),
      ),
    )
    const made = outcomes.filter(outcome => outcome.status === 'fulfilled')
    t.equal(made.length, 1)
    const description = made[0]?.value
    t.match(await store.role(organization, role.id), { description, version: 2 })
    t.strictSame(await store.claimOutbox(-1), [recordOf(`${description}`)])
  })

  t.test('changes of two organizations, and of none, run concurrently', async t => {
    const store = await open(t)
    await Promise.all([
      store.change(organization, async transaction => {
        await transaction.putRole(role)
        return { result: undefined, records: [recordOf('a')] }
      }),
      store.change(elsewhere, async transaction => {
        await transaction.putPrincipal({ ...principal, organizationId: elsewhere })
        return { result: undefined, records: [recordOf('b')] }
      }),
      store.change(undefined, async transaction => {
        const before = await transaction.epoch()
        t.not(await transaction.newEpoch(), before)
        return { result: undefined, records: [recordOf('c')] }
      }),
    ])
    t.equal(await store.policyVersion(organization), 1)
    t.equal(await store.policyVersion(elsewhere), 1)
    t.equal((await store.claimOutbox(-1)).length, 3)
  })

  t.test('R37 a record is claimed by one process, until its delivery is late', async t => {
    let now = 1_000
    const store = await open(t, () => now)
    const add = (id: string, claimed?: boolean) =>
      store.change(organization, async () => ({
        result: undefined,
        records: [recordOf(id)],
        ...(claimed !== undefined && { claimed }),
      }))
    await add('a')
    await add('b', false)
    t.strictSame(
      await claim(store),
      ['b'],
      'the first is claimed by the process that made the change',
    )
    now = 1_999
    t.strictSame(await claim(store), [])
    now = 2_000
    const claims = await Promise.all([claim(store), claim(store), claim(store)])
    t.strictSame(claims.flat().sort(), ['a', 'b'], 'each by one of those who ask at once')
    now = 2_999
    t.strictSame(await claim(store), [], 'and only once')

    await store.acknowledgeOutbox(['a', 'unknown'])
    now = 3_000
    t.strictSame(await claim(store), ['b'], 'what was not acknowledged, again')
    await store.acknowledgeOutbox(['b'])
    now = 9_000
    t.strictSame(await claim(store), [])
  })

  t.test('R37 the claim of a long change starts at its end', async t => {
    let now = 1_000
    const store = await open(t, () => now)
    await store.change(organization, async () => {
      now = 9_000
      return { result: undefined, records: [recordOf('a')] }
    })
    t.strictSame(await claim(store), [], 'it is with the process that made the change')
    now = 10_000
    t.strictSame(await claim(store), ['a'])
  })

  t.test('many records are claimed in parts, the oldest first', async t => {
    const store = await open(t)
    const ids = Array.from({ length: 450 }, (_, i) => `id-${String(i).padStart(3, '0')}`)
    await store.change(organization, async () => ({
      result: undefined,
      records: ids.map(recordOf),
      claimed: false,
    }))
    const claimed: string[] = []
    for (;;) {
      const part = await claim(store)
      if (part.length === 0) break
      claimed.push(...part)
    }
    t.strictSame(claimed, ids)
    await store.acknowledgeOutbox(ids)
    t.strictSame(await store.claimOutbox(-1), [])
  })
}
