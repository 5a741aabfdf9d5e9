/**
 * R13 and R14 as a table: every row of fixtures/guard in the pure decision, and a sample of them at a
 * gateway before the sandbox.
 */

import t from 'tap'
import { GUIDS, guardOn } from '../policy/guard-cases.ts'
import { pretended, roleOf } from './guard-rows.ts'
import { compare, isExpected, ROWS, tryRows } from './guard-trial.ts'

t.test('R13, R14 the pure decision', async t => {
  const rows = ROWS.filter(({ asks }) => !asks)
  compare(t, rows, row => {
    let reason: string | undefined
    try {
      const { type, guard } = roleOf(row)
      reason = guardOn(pretended(row, GUIDS.ann), { type, guard, opaqueIds: 'allow' })
    } catch (error) {
      reason = (error as { reason?: string }).reason ?? String(error)
    }
    return [reason, isExpected(row, reason) ? reason : row.reasons?.[0]]
  })
})

t.test('R13, R14 in front of the sandbox', t => tryRows(t, false))
