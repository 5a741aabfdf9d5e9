/** R43: the owners of IDs, for the audit. */

import t from 'tap'
import type { Caller } from '../../src/credentials/credentials.ts'
import { ownersOfIds } from '../../src/gateway/id-owners.ts'
import type { GatewayPorts } from '../../src/gateway/ports.ts'
import { type User, userId } from '../../src/model/identity.ts'

const OWNERS: Readonly<Record<string, string>> = { a: 'ann', b: 'bob', bb: 'bob', e: 'eve' }
const CALLER = { principal: { organizationId: 'o' } } as unknown as Caller
const ANN = { id: userId('ann') } as User
const ports = {
  mailboxOwners: {
    knownOwner: (organization: string, guid: string) =>
      organization === 'o' ? OWNERS[guid] : undefined,
  },
} as unknown as GatewayPorts

for (const [what, guids, known, unknown] of [
  ['the user alone', ['a'], undefined, undefined],
  ['others, once each', ['a', 'b', 'bb', 'e'], ['bob', 'eve'], undefined],
  ['a mailbox without a known owner', ['x', 'a', 'y'], undefined, ['x', 'y']],
  ['both', ['b', 'x'], ['bob'], ['x']],
] as const)
  t.strictSame(
    ownersOfIds({ mailboxGuids: guids } as never, ANN, CALLER, ports, 100),
    { known, unknown },
    `ownersOfIds() finds ${what}`,
  )

t.test('ownersOfIds() finds nobody if there is nothing to find', async t => {
  const facts = { mailboxGuids: ['b'] } as never
  t.equal(ownersOfIds(undefined, ANN, CALLER, ports, 100), undefined, 'no body')
  t.equal(ownersOfIds({ mailboxGuids: [] } as never, ANN, CALLER, ports, 100), undefined, 'no IDs')
  t.equal(ownersOfIds(facts, ANN, undefined, ports, 100), undefined, 'no caller')
  const { known } = ownersOfIds(facts, undefined, CALLER, ports, 100) ?? {}
  t.strictSame(known, ['bob'], 'no user')
})

t.test('ownersOfIds() names as many mailboxes as a record has', async t => {
  const guids = Array.from({ length: 101 }, (_, n) => `x${n}`)
  const owners = ownersOfIds({ mailboxGuids: guids } as never, ANN, CALLER, ports, 100)
  t.strictSame(owners?.unknown, guids.slice(0, 100))
})
