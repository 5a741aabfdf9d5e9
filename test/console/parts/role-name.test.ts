import t from 'tap'
import { roleNameOf } from '../../../src/console/parts/role-name.ts'

const ROLES = [{ ImpersonationRoleId: 'r-1', Name: 'backup' }]

for (const [roles, id, expected] of [
  [ROLES, 'r-1', 'backup'],
  [ROLES, 'backup', 'backup (no role has this ID)'],
  [[], 'r-1', 'r-1 (no role has this ID)'],
  [undefined, 'r-1', 'r-1'],
] as const)
  t.equal(roleNameOf(roles, id), expected, `roleNameOf() of ${id} among ${roles?.length} roles`)
