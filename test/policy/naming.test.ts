import t from 'tap'
import { groupId, userId } from '../../src/model/identity.ts'
import { countRolesNaming, rulesNaming } from '../../src/policy/naming.ts'
import { ROLE } from '../decision/data.ts'

const [ann, bob] = [userId('u-ann'), userId('u-bob')]
const staff = groupId('g-staff')
const NAMED = new Set([ann, staff])

t.test(
  'rulesNaming() finds users and groups in each condition, and countRolesNaming() counts roles',
  t => {
    for (const [what, conditions, expected] of [
      ['no condition', {}, []],
      ['another user', { targetUsers: [bob] }, []],
      ['targetUsers', { targetUsers: [bob, ann] }, ['rule']],
      ['notTargetUsers', { notTargetUsers: [ann] }, ['rule']],
      ['targetGroups', { targetGroups: [staff] }, ['rule']],
      ['notTargetGroups', { notTargetGroups: [staff] }, ['rule']],
      ['both', { targetUsers: [ann], notTargetUsers: [ann] }, ['rule']],
    ] as const) {
      const role = { ...ROLE, rules: [{ id: 'rule', effect: 'ALLOW', ...conditions }] as const }
      const found = rulesNaming(role, NAMED).map(({ id }) => id)
      t.strictSame(found, expected, what)
      const none = { ...ROLE, rules: [] }
      t.equal(countRolesNaming([none, role, role], NAMED), 2 * expected.length, what)
    }
    t.end()
  },
)
