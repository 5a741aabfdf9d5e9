/**
 * The third door of fixtures/decisions: a real EWS request.
 */

import t from 'tap'
import { codeOf, envelope } from '../kit/corpus.ts'
import { basic, mayAssume, ORGANIZATION, startHouse } from '../kit/harness.ts'
import { ROWS, storeAccessControl, storeWorld, titleOf } from '../policy/decisions.ts'

const CODES: Readonly<Record<string, string>> = {
  'operation-unknown': 'ErrorAccessDenied',
  'operation-refused': 'ErrorAccessDenied',
  'role-is-read-only': 'ErrorAccessDenied',
  'impersonation-missing': 'ErrorInvalidExchangeImpersonationHeaderData',
}

t.test('an EWS request is decided as a naive model decides it', async t => {
  const house = await startHouse(t, { config: { trustedProxies: ['127.0.0.1'] } })
  const ids = await storeWorld(house.store, ORGANIZATION)
  const names = [...new Set(ROWS.map(({ role }) => role))]
  const { key } = await house.addPrincipal('all', mayAssume(...names.map(ids.role)))

  let list: string | undefined
  for (const row of ROWS) {
    if (row.accessControl !== list)
      await storeAccessControl(house.store, ORGANIZATION, row.accessControl, ids)
    list = row.accessControl
    house.sandbox.forget()
    const answer = await house.post(envelope(row.target, `<m:${row.operation}/>`), {
      auth: basic({ id: `${ids.role(row.role)}\\${key.id}`, secret: key.secret }),
      headers: { 'X-Forwarded-For': row.from },
    })
    const decision = house
      .audit()
      .find(({ decisionId }) => decisionId === answer.headers['x-decision-id'])
    const { verdict, reason, matchedRules } = row
    t.strictSame(
      {
        verdict: decision?.verdict,
        reason: decision?.reason,
        matchedRules: decision?.['matchedRules'],
        upstream: house.sandbox.seen.length,
        code: reason && codeOf(answer.text),
      },
      {
        verdict,
        reason,
        matchedRules,
        upstream: verdict === 'allow' ? 1 : 0,
        code: reason && (CODES[reason] ?? 'ErrorImpersonateUserDenied'),
      },
      `P1 ${titleOf(row)}`,
    )
  }
})
