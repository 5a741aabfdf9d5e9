/**
 * A law about stored policy that a later version or a mistake has changed: another name of a member, or another text
 * in place of one of a closed list, never turns a denial into an allowance.
 */

import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import t from 'tap'
import { ORGANIZATION } from '../../scripts/decisions/frozen.ts'
import { Random } from '../../scripts/decisions/random.ts'
import { ADDRESSES, randomWorld } from '../../scripts/decisions/random-world.ts'
import type { World } from '../../scripts/decisions/terms.ts'
import { SnapshotData } from '../../src/control/policy-snapshot.ts'
import { authorize } from '../../src/decision/authorize.ts'
import { loadAndDecide } from '../../src/decision/load.ts'
import { byAddress, organizationId } from '../../src/model/identity.ts'
import { principalId } from '../../src/model/principal.ts'
import { roleId } from '../../src/model/role.ts'
import { openSqlite } from '../../src/store/sqlite.ts'
import type { Store } from '../../src/store/store.ts'
import { damagesOf } from '../kit/damage.ts'
import { runs } from '../kit/runs.ts'
import { lendFolder } from '../kit/services/lend.ts'
import { writeNewStore } from '../kit/store-file.ts'
import { writeWorld } from './write-world.ts'

/** Another TEST_SEED gives other worlds. */
const SEED = Number(process.env['TEST_SEED'] ?? 20_261_201)
const WORLDS = runs(4)
const CHANGES = 40

const organization = organizationId(ORGANIZATION.organizationId)
const AT = Date.parse('2026-12-01T00:00:00Z')
const NOTHING = { findShared: () => false, findOwners: () => undefined }

const COLUMNS = [
  ['roles', 'rules'],
  ['roles', 'guard'],
  ['roles', 'lock'],
  ['access_control_rules', 'conditions'],
  ['protections', 'content'],
  ['principals', 'policy'],
  ['users', 'aliases'],
] as const

/** Texts of closed lists in these columns. */
const ENUMS = ['ALLOW', 'DENY', 'Allow', 'Deny', 'own', 'permitted', 'any', 'server', 'EWS']

/** Decides on one request in each role, for each principal and user. */
async function decideAll(store: Store, world: World, random: Random): Promise<readonly string[]> {
  const requests = world.roles.flatMap(role =>
    world.users.map(user => ({
      role,
      user,
      // Without a principal, more is allowed.
      of: random.chance(0.5) ? random.pick(world.principals) : undefined,
    })),
  )
  const circumstances = {
    purpose: 'EWS',
    organization: { ...ORGANIZATION, id: organization, alias: 'example' },
    sourceAddress: random.pick(ADDRESSES),
    secureTransport: true,
    at: AT,
    requestElement: random.pick(['GetFolder', 'CreateItem', 'GetImItems']),
  } as const
  return await store.snapshot(async snapshot => {
    const data = new SnapshotData({ organization, snapshot, at: AT }, NOTHING)
    const verdicts: string[] = []
    for (const { role, user, of } of requests) {
      const principal = of && (await data.principal(principalId(of.id)))
      const request = {
        ...circumstances,
        caller: { kind: 'explained', principal, roleId: roleId(role.id) },
        connectingSid: byAddress(user.primarySmtpAddress),
      } as const
      const { decision } = await loadAndDecide(data, () => authorize(request, data))
      verdicts.push(decision.verdict)
    }
    return verdicts
  })
}

t.test('P3 P6 no changed name and no unknown text turns a denial into an allowance', async t => {
  const file = join(lendFolder(t), 'gateway.db')
  await writeNewStore(file)
  const store = await openSqlite(file)
  t.teardown(() => store.close())
  const database = new DatabaseSync(file)
  t.teardown(() => database.close())

  const random = new Random(SEED)
  const wrong: string[] = []
  let [allowed, nowDenied] = [0, 0]
  let before: World | undefined
  for (let n = 0; n < WORLDS; n += 1) {
    const world = randomWorld(random, ORGANIZATION, { roles: 8, principals: 3 }, before)
    await writeWorld(store, world, before)
    before = world
    for (let change = 0; change < CHANGES; change += 1) {
      const [table, column] = random.pick(COLUMNS)
      const rows = database
        .prepare(`select rowid, ${column} as text from ${table} where ${column} is not null`)
        .all()
      if (rows.length === 0) continue
      const { rowid = 0, text = '' } = random.pick(rows)
      const damages = damagesOf(String(text), { enums: ENUMS }).filter(
        ({ what }) => !what.startsWith('no '),
      )
      const damage = random.pick(damages)
      const seed = random.pick([1, 2, 3, 4, 5, 6, 7])
      const healthy = await decideAll(store, world, new Random(seed))
      const set = database.prepare(`update ${table} set ${column} = ? where rowid = ?`)
      set.run(damage.text, rowid)
      const damaged = await decideAll(store, world, new Random(seed))
      set.run(text, rowid)
      for (const [i, verdict] of healthy.entries()) {
        if (verdict === 'allow') allowed += 1
        if (verdict === 'allow' && damaged[i] === 'deny') nowDenied += 1
        if (verdict === 'deny' && damaged[i] !== 'deny')
          wrong.push(`${table}.${column} ${rowid}: ${damage.what}: ${text}`)
      }
    }
  }
  t.strictSame(wrong, [], `seed ${SEED}`)
  t.ok(allowed > 0 && nowDenied > 0, `of ${allowed} allowances, ${nowDenied} became denials`)
})
