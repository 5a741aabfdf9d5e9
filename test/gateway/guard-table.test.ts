/**
 * R13 and R14 as a table: every row of fixtures/guard in the pure decision, and at a gateway before the
 * sandbox.
 */

import t from 'tap'
import { wholeGuard } from '../../src/model/role.ts'
import { decisionOn, ROLE } from '../decision/data.ts'
import { GUIDS, guardOn } from '../policy/guard-cases.ts'
import { pretended, type Row, roleOf } from './guard-rows.ts'
import { compare, isExpected, ROWS, tryHouse } from './guard-trial.ts'

/** The reason of the pure decision. */
function decided(row: Row, request: string) {
  const { type, guard } = roleOf(row)
  const [, element = ''] = /^<m:(\w+)/.exec(request) ?? []
  const decision = decisionOn({ ...ROLE, type, guard: wholeGuard(guard) }, element)
  if (decision.verdict === 'deny') return decision.reason
  return guardOn(request, { type, guard, opaqueIds: 'allow' })
}
t.test('R13, R14 the pure decision', async t => {
  const rows = ROWS.filter(({ asks }) => !asks)
  compare(t, rows, row => {
    let reason: string | undefined
    try {
      reason = decided(row, pretended(row, GUIDS.ann))
    } catch (error) {
      reason = (error as { reason?: string }).reason ?? String(error)
    }
    return [reason, isExpected(row, reason) ? reason : row.reasons?.[0]]
  })
})

t.test('R13, R14 before the sandbox', t => tryHouse(t, false))
