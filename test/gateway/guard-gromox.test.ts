/**
 * R13 and R14 as a table: a sample of fixtures/guard at a gateway before a sandbox that runs like
 * grommunio. Nothing that was denied has an effect there. Every row that is sent straight to that server
 * has its effect.
 */

import t from 'tap'
import { BOBS, mail, multipart, nested, OWN, part } from '../../scripts/guard/calendars.ts'
import { create, mime } from '../../scripts/guard/row.ts'
import { Sandbox } from '../../src/sandbox/sandbox.ts'
import { envelope } from '../kit/corpus.ts'
import { SERVICE, startHouse, USERS } from '../kit/harness.ts'
import {
  DELEGATIONS,
  direct,
  hasEffect,
  PASSWORD,
  prepare,
  type Row,
  roleOf,
  watch,
} from './guard-rows.ts'
import { batches, compare, ROWS, tryHouse } from './guard-trial.ts'

t.test('R13, R14 before a server like grommunio', t => tryHouse(t, true))

t.test('R13 a calendar behind a large body', async t => {
  const role = roleOf({ name: '', ruling: 'R13', request: '' })
  const house = await startHouse(t, { gromox: true, roles: [role] })
  const large = part('text/plain', `${'x'.repeat(70)}\r\n`.repeat(6_000))
  for (const [text, reason] of [
    [BOBS, 'sender-refused'],
    [OWN, undefined],
  ] as const) {
    house.sandbox.forget()
    const content = mail(multipart([large, nested(2, part('text/calendar', text, 'base64'))]))
    const { status } = await house.post(
      envelope('alice@example.com', create(`<t:Message>${mime(content)}</t:Message>`)),
      { auth: house.client(role.name).key },
    )
    const decision = house.audit().findLast(({ type }) => type === 'decision')
    t.equal(decision?.reason, reason, `it is ${reason ?? 'allowed'}`)
    t.equal(status, reason === undefined ? 200 : 500)
    t.equal(house.sandbox.sent.length, reason === undefined ? 1 : 0)
    const ran = house.sandbox.executed.map(({ operation }) => operation)
    t.equal(ran.includes('CreateItem'), reason === undefined)
  }
})

t.test('R13, R14 without a gateway', async t => {
  for (const batch of batches(ROWS.filter(({ effect }) => effect !== undefined))) {
    const effects = await tryAll(batch)
    compare(t, batch, (_, at) => [effects[at], true])
  }
})

/** Whether each row has its effect, one after the other. */
async function tryAll(rows: readonly Row[]): Promise<readonly boolean[]> {
  let sandbox = await startServer()
  const effects: boolean[] = []
  for (const row of rows) {
    // The same app cannot be installed twice.
    if (row.effect === 'app') {
      await sandbox.close()
      sandbox = await startServer()
    }
    const request = await prepare(sandbox, row)
    const done = watch(sandbox)
    await direct(sandbox, 'alice@example.com', request)
    effects.push(row.effect !== undefined && hasEffect(done(), row.effect))
  }
  await sandbox.close()
  return effects
}

const startServer = () =>
  Sandbox.start({
    username: SERVICE,
    password: PASSWORD,
    serviceAddress: SERVICE,
    users: USERS,
    gromox: true,
    seed: false,
    delegations: DELEGATIONS,
  })
