/**
 * Entries of the shared cache with a valid seal and a value that this version doesn't understand, as a later version or
 * a mistake could write them. They are never used: the store decides.
 */

import t from 'tap'
import { ANY, keyOf, placeOf } from '../../src/cache/place.ts'
import { sealEntry } from '../../src/cache/sealed.ts'
import { byAddress } from '../../src/model/identity.ts'
import type { IdOf, StoredKind } from '../../src/model/policy-data.ts'
import { subjectOf } from '../../src/model/subject.ts'
import { damagesOf } from '../kit/damage.ts'
import { key, organization, principal, role, rule, subscription } from '../store/samples.ts'
import { Fleet, T } from './fleet.ts'

const NOW_MS = 1_000_000

const person = { primarySmtpAddress: 'ann@example.com', aliases: ['alias@example.com'] }

const ENUMS = ['ALLOW', 'DENY', 'Allow', 'Deny', 'READ_ONLY', 'own', 'allow', 'EWS', '2012-10-17']
const OPTIONAL = [
  'targetUsers',
  'notIpRanges',
  'actions',
  'others',
  'principalName',
  'description',
  // The JSON of bytes, which is no object of the value.
  '$bytes',
]

t.test('P6 a value of the shared cache that is not understood is not used', async t => {
  const fleet = await Fleet.open(t)
  const { store } = fleet
  await store.putRole({ ...role, description: 'true' })
  await store.putAccessControlRule(organization, { ...rule, actions: ['EWS'] })
  await store.putProtection(organization, {
    users: [subscription.userId],
    groups: [],
    exceptions: [],
  })
  await store.putPrincipal(principal)
  await store.putKey(key)
  await store.putSubscription({ ...subscription, expiresAt: 4e12 })
  const { id } = await store.putUser(organization, { ...person, principalName: 'ann' })
  const SUBJECTS: readonly { [Kind in StoredKind]: readonly [Kind, IdOf<Kind>] }[StoredKind][] = [
    ['role', role.id],
    ['role-name', role.name],
    ['access-control', 'rules'],
    ['protection', 'list'],
    ['subscription', subscription.idHash],
    ['user', id],
    ['name', byAddress(person.primarySmtpAddress)],
    ['credential', key.id],
  ]
  fleet.elapsed = NOW_MS
  const { epoch, versions } = await store.policyVersions()
  const version = versions.get(organization) ?? 0

  for (const [kind, id] of SUBJECTS) {
    const at = kind === 'credential' ? ANY : organization
    const place = placeOf(at, subjectOf(kind, id))
    const [value] = await store.snapshot(({ values }) => values(organization, kind, [id as never]))
    const content = { key: keyOf(place), epoch, version, readAt: T + NOW_MS, value }
    const text = JSON.stringify(value, (_, one: unknown) =>
      one instanceof Uint8Array ? { $bytes: Buffer.from(one).toString('base64') } : one,
    )
    const damages = damagesOf(text, { enums: ENUMS, optional: OPTIONAL })
    const used: string[] = []
    for (const damage of damages) {
      if (/twice|no JSON|bytes/.test(damage.what)) continue
      const member = await fleet.join()
      const planted = { ...content, value: JSON.parse(damage.text) }
      await fleet.plant(place, sealEntry(fleet.sealer, planted), 1e12)
      const read = await member.knowledge.read(at, kind, id as never)
      const isTrue = JSON.stringify(read) === JSON.stringify(value)
      if (!isTrue || !member.looked.includes('l2 refused')) used.push(damage.what)
    }
    t.strictSame(used, [], `${kind}: ${damages.length} changes`)
    await fleet.plant(place, sealEntry(fleet.sealer, content), 1e12)
    const member = await fleet.join()
    t.same(await member.knowledge.read(at, kind, id as never), value)
    t.ok(member.looked.includes('l2 hit'), `${kind}: the value of the store is used`)
  }
})
