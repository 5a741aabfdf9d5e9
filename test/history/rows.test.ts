import t from 'tap'
import { SeriesMemory } from '../../src/history/rows.ts'

const SHARED = {
  organizationId: 'm-1',
  roleId: 'role',
  roleName: 'backup',
  principalId: 'principal',
  userId: 'alice',
  mailbox: 'alice@example.com',
  operation: 'GetItem',
  verdict: 'allow',
  reason: '',
  outcome: 'ANSWERED',
  cause: '',
} as const

/** As histories that were written have it. */
const ID = '2056350983505239759'

const OTHERS = [
  ...(Object.keys(SHARED) as (keyof typeof SHARED)[])
    .filter(name => !['verdict', 'reason', 'outcome', 'cause'].includes(name))
    .map(name => ({ ...SHARED, [name]: 'another' })),
  { ...SHARED, verdict: 'deny' as const },
  { ...SHARED, reason: 'rule-denies' as const },
  { ...SHARED, outcome: '' as const },
  { ...SHARED, cause: 'dns' as const },
]

t.test('SeriesMemory distinguishes series by each common value', async t => {
  const memory = new SeriesMemory(100)
  const { id } = memory.seriesOf(SHARED)
  const ids = OTHERS.map(other => memory.seriesOf(other).id)
  t.equal(new Set([id, ...ids]).size, OTHERS.length + 1)
  for (const [i, other] of OTHERS.entries()) {
    t.strictSame(memory.seriesOf(SHARED), { id, ...SHARED })
    t.strictSame(memory.seriesOf(other), { id: ids[i], ...other })
  }
})

t.test('SeriesMemory returns the same IDs without its cache, and in any process', async t => {
  const memory = new SeriesMemory(2)
  const before = OTHERS.map(other => memory.seriesOf(other).id)
  t.strictSame(
    OTHERS.map(other => memory.seriesOf(other).id),
    before,
  )
  t.equal(memory.seriesOf(SHARED).id, ID)
})
