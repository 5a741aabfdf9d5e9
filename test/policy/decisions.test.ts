/**
 * The first door of fixtures/decisions: the function itself.
 */

import t from 'tap'
import { foldName, organizationId } from '../../src/model/identity.ts'
import { decide, type Target } from '../../src/policy/decide.ts'
import { compileRules } from '../../src/policy/rules.ts'
import { accessControlOf, NAMES, ROWS, type Row, rolesOf, titleOf, USERS } from './decisions.ts'

const ORGANIZATION = organizationId('m-0123456789abcdef0123456789abcdef')
const roles = new Map(rolesOf(ORGANIZATION, NAMES).map(role => [role.name, role]))

function targetOf({ target }: Row): Target {
  if (target === null) return { kind: 'neutral' }
  const user = USERS.filter(
    ({ name, enabled }) => enabled !== false && !RESERVED.includes(name),
  ).find(({ primarySmtpAddress, aliases, principalName = '', sid = '' }) =>
    [primarySmtpAddress, ...aliases, principalName, sid].some(
      name => foldName(name) === foldName(target.value),
    ),
  )
  return user ? { kind: 'user', id: NAMES.user(user.name) } : { kind: 'unknown' }
}

/** What configuration says of the organization. */
const RESERVED = ['service', 'neutral']

t.test('decide() decides as a naive model does', async t => {
  for (const row of ROWS) {
    const draft = roles.get(row.role)
    if (draft === undefined) throw new RangeError(`There is no role ${row.role}`)
    const role = { ...draft, version: 1, tokensValidFrom: 1, createdAt: 0, modifiedAt: 0 }
    const found = decide({ role, rules: compileRules(role.rules) }, row.operation, targetOf(row), {
      sourceAddress: row.from,
      at: Date.now(),
      accessControl: accessControlOf(row.accessControl, NAMES),
    })
    const { verdict, reason, matchedRules } = row
    const expected = { verdict, ...(reason !== undefined && { reason }), matchedRules }
    t.strictSame(found, expected, titleOf(row))
  }
  t.ok(ROWS.length >= 200, `${ROWS.length} rows`)
})

t.test('the table has every reason that can stand before the body', async t => {
  t.strictSame([...new Set(ROWS.map(({ reason }) => reason ?? 'allow'))].toSorted(), [
    'access-control-denies',
    'allow',
    'impersonation-missing',
    'no-rule-allows',
    'operation-refused',
    'operation-unknown',
    'role-is-read-only',
    'role-locked',
    'rule-denies',
    'unknown-user',
  ])
})
