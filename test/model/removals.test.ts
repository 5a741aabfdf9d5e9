import t from 'tap'
import { isLargeRemoval, isStopped, type RemovalConsent } from '../../src/model/removals.ts'

t.test('isLargeRemoval() is for more than a tenth of the users', async t => {
  t.equal(isLargeRemoval({ removed: 10, of: 100 }), false)
  t.equal(isLargeRemoval({ removed: 11, of: 100 }), true)
  t.equal(isLargeRemoval({ removed: 0, of: 0 }), false)
  t.equal(isLargeRemoval({ removed: 1, of: 1 }), true)
})

/** Consents, the number of a hundred users that would be removed, and whether they stay. */
const REMOVALS: readonly (readonly [RemovalConsent, removed: number, isStopped: boolean])[] = [
  [{}, 10, false],
  [{}, 11, true],
  [{ acceptRemovals: false }, 11, true],
  [{ acceptRemovals: true }, 11, false],
  [{ acceptRemovals: true }, 100, false],
  [{ deleteAtMost: 5 }, 5, false],
  [{ deleteAtMost: 5 }, 6, true],
  // Accepting a large removal doesn't lift the limit, and a high limit accepts no large removal.
  [{ deleteAtMost: 5, acceptRemovals: true }, 6, true],
  [{ deleteAtMost: 50 }, 11, true],
  [{ deleteAtMost: 50, acceptRemovals: true }, 50, false],
]

t.test('isStopped() needs each consent', async t => {
  for (const [consent, removed, expected] of REMOVALS)
    t.equal(
      isStopped({ removed, of: 100 }, consent),
      expected,
      `${removed} ${JSON.stringify(consent)}`,
    )
})
