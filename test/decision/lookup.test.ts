import t from 'tap'
import { Lookup } from '../../src/decision/lookup.ts'
import { userId } from '../../src/model/identity.ts'
import type { PolicyData } from '../../src/model/policy-data.ts'

const [ann, bob, eve] = [userId('u-ann'), userId('u-bob'), userId('u-eve')]
const FROM: Readonly<Record<string, number>> = { [ann]: 7, [bob]: 5 }

/** Knows that there is no user Ann since version 7, and no user Bob since version 5. */
const data = {
  find: (_: string, id: string) => (id in FROM ? { from: FROM[id], value: undefined } : undefined),
} as unknown as PolicyData

t.test('Lookup', async t => {
  const lookup = new Lookup(data)
  t.equal(lookup.version, 0, 'needs no version at first')
  t.strictSame(lookup.findAll('user', [ann, bob]), [undefined, undefined], 'finds known absences')
  t.equal(lookup.version, 7, 'takes the version of the newest value')
  t.strictSame(lookup.missing, [], 'misses nothing that is known to be absent')

  t.equal(
    lookup.findAll('user', [eve, ann, eve]),
    undefined,
    'finds none of several if one is missing',
  )
  t.equal(lookup.missing.length, 2, 'notes each that is missing')
  lookup.requireVersion(6)
  t.equal(lookup.version, 7, 'never needs an older version')
  lookup.requireVersion(8)
  lookup.missFreshness()
  const user = { kind: 'user', id: eve }
  t.strictSame(lookup.takeMissing(), [user, user, { kind: 'freshness', version: 8 }])
  t.strictSame(lookup.takeMissing(), [], 'takeMissing() forgets')
})
