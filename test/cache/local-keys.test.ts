/**
 * Keys of values in the process, and how many of them are cached.
 */

import t from 'tap'
import { LocalKeys } from '../../src/cache/local-keys.ts'
import { localKey } from '../../src/cache/place.ts'
import { organizationId } from '../../src/model/identity.ts'
import { roleId } from '../../src/model/role.ts'
import { subjectOf } from '../../src/model/subject.ts'

const ORGANIZATION = organizationId('m-1')
const OTHER = organizationId('m-2')

t.test(
  'keyOf() distinguishes organizations, kinds, and IDs, at first and from its cache',
  async t => {
    const keys = new LocalKeys()
    const ids = [
      ['role', roleId('a')],
      ['role', roleId('b')],
      ['role-name', 'a'],
      ['name', { kind: 'SID', value: 'a' }],
      ['name', { kind: 'PrincipalName', value: 'a' }],
      ['name', { kind: 'SmtpAddress', value: 'a' }],
    ] as const
    for (const _ of [1, 2])
      for (const organization of [ORGANIZATION, OTHER])
        for (const [kind, id] of ids)
          t.equal(keys.keyOf(organization, kind, id), localKey(organization, subjectOf(kind, id)))
    t.equal(keys.size, 2 * ids.length)
  },
)

t.test('keyOf() caches at most 16,384 keys', async t => {
  const keys = new LocalKeys()
  for (let n = 0; n < 16_384; n += 1) keys.keyOf(ORGANIZATION, 'role', roleId(`${n}`))
  t.equal(keys.size, 16_384)
  keys.keyOf(ORGANIZATION, 'role', roleId('one more'))
  t.equal(keys.size, 1)
})

t.test('keyOf() builds a key again after its cache was full', async t => {
  const keys = new LocalKeys()
  let reads = 0
  const id = {
    kind: 'SID',
    get value() {
      reads += 1
      return 'a'
    },
  } as const
  /** Returns how often a lookup reads the name: once more if it builds the key. */
  const readsOf = () => {
    reads = 0
    keys.keyOf(ORGANIZATION, 'name', id)
    return reads
  }
  t.strictSame([readsOf(), readsOf()], [2, 1])
  for (let n = 0; n < 16_384; n += 1) keys.keyOf(ORGANIZATION, 'role', roleId(`${n}`))
  t.strictSame([readsOf(), readsOf()], [2, 1])
})

t.test('keyOf() does not cache the keys of long names', async t => {
  const keys = new LocalKeys()
  keys.keyOf(ORGANIZATION, 'role-name', 'x'.repeat(256))
  t.equal(keys.size, 1)
  const name = 'x'.repeat(257)
  t.equal(
    keys.keyOf(ORGANIZATION, 'role-name', name),
    localKey(ORGANIZATION, subjectOf('role-name', name)),
  )
  t.equal(keys.size, 1)
})
