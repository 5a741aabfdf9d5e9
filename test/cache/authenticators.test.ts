/**
 * Credentials and identities: an authenticator reads them before it knows their organization, and decisions use the
 * same entry.
 */

import t, { type Test } from 'tap'
import type { StoredSubject } from '../../src/cache/target.ts'
import { accountReference } from '../../src/model/external-identity.ts'
import { elsewhere, key, organization, principal } from '../store/samples.ts'
import { askedBy, Fleet, type Member } from './fleet.ts'
import { MAX_AGE_MS, settle } from './parts.ts'

const ACCOUNT = {
  kind: 'directory-account',
  sid: 'S-1-5-21-7',
  names: ['svc@example.com'],
} as const
const reference = accountReference('svc@example.com')

type Row = readonly [subject: StoredSubject, authenticate: (_: Member) => unknown]

const ROWS: readonly Row[] = [
  [{ kind: 'credential', id: key.id }, ({ knowledge }) => knowledge.credential(key.id)],
  [{ kind: 'identity', id: reference }, ({ knowledge }) => knowledge.identity(reference)],
]

async function fleetOf(t: Test): Promise<Fleet> {
  const fleet = await Fleet.open(t)
  await fleet.store.putPrincipal(principal)
  await fleet.store.putKey(key)
  await fleet.store.putIdentities(organization, principal.id, [ACCOUNT])
  return fleet
}

for (const [subject, authenticate] of ROWS) {
  const { kind, id } = subject
  t.test(
    `a ${kind} that an authenticator read is found by decisions of its organization`,
    async t => {
      const fleet = await fleetOf(t)
      const one = await fleet.join()
      const find = (of = organization) => one.knowledge.find(of, kind, id)
      t.equal(find(), undefined)
      await authenticate(one)
      t.match(find(), { value: { principal: { id: principal.id } } })
      t.equal(find(elsewhere), undefined, 'and by no others')
      t.equal(await askedBy(one, () => authenticate(one)), '')
    },
  )

  t.test(`P6 a ${kind} is refreshed for authenticators although only decisions use it`, async t => {
    const fleet = await fleetOf(t)
    const one = await fleet.join()
    await authenticate(one)
    for (let half = 0; half < 3; half += 1) {
      fleet.elapsed += MAX_AGE_MS / 2
      await one.knowledge.tick()
      await one.knowledge.refresh()
      await settle()
      t.ok(one.knowledge.find(organization, kind, id))
    }
    one.store.isCut = true
    await t.resolves(async () => authenticate(one))
  })
}
