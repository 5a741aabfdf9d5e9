import t from 'tap'
import { EXTRA_READS } from '../../../src/console/roles/extra-reads.ts'
import { FULL_ACCESS_READS, remedyOf } from '../../../src/console/roles/remedies.ts'
import { denialOfType } from '../../../src/decision/role-type.ts'
import {
  EXTRA_READS as EXTRA,
  OPERATIONS,
  type OperationName,
} from '../../../src/ews/operations.ts'
import { DEFAULT_GUARD } from '../../../src/model/role.ts'
import { ROLE } from '../../decision/data.ts'

const NAMES = Object.keys(OPERATIONS) as OperationName[]
const role = { ...ROLE, type: 'READ_ONLY', guard: DEFAULT_GUARD } as const
const full = { ...role, type: 'FULL_ACCESS' } as const

t.test(
  'role-is-read-only is the reason for operations that write or send, and no others',
  async t => {
    const guard = { ...DEFAULT_GUARD, delegation: true, inboxRules: true }
    for (const name of NAMES)
      if (denialOfType({ ...role, guard }, name) === 'role-is-read-only')
        t.match(OPERATIONS[name].class, /^(?:write|send|delegation)$/, name)
  },
)

t.test('remedyOf() of a denied read is a switch of the guard, if one is enough', async t => {
  t.strictSame(EXTRA_READS.map(({ value }) => value).sort(), [...EXTRA].sort())
  const isDenied = (name: OperationName) =>
    denialOfType(role, name) === 'operation-refused' && denialOfType(full, name) === undefined
  const others = NAMES.filter(name => isDenied(name) && !EXTRA.has(name))
  t.strictSame([...FULL_ACCESS_READS].sort(), others.sort())
  for (const { value: name } of EXTRA_READS) {
    t.match(remedyOf('operation-refused', name), /additional read operations under Guard/)
    t.notMatch(remedyOf('operation-refused', name), /full access/)
    const switched = { ...role, guard: { ...DEFAULT_GUARD, extraReads: [name] } }
    t.equal(denialOfType(switched, name as OperationName), undefined, name)
  }
  t.match(remedyOf('operation-refused', 'FindTags'), /Only a role with full access/)
  t.match(remedyOf('operation-refused', 'ResolveNames'), /permitted actions under Guard/)
  t.match(remedyOf('role-is-read-only', 'CreateItem'), /use a role with full access/)
})
