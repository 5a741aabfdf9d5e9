/**
 * R15 as a table: GetEvents. The server gives the events of a subscription to every request that has
 * its ID.
 */

import t from 'tap'
import type { Reason } from '../../src/model/decision.ts'
import { ORGANIZATION } from '../kit/gateway-test-server.ts'
import { direct } from './guard-rows.ts'
import { ALICE, deliver, getEvents, rowsOf, Subject, start } from './guard-subscriptions.ts'

for (const gromox of [false, true]) {
  const where = gromox ? 'before a server like grommunio' : 'before the sandbox'
  t.test(`R15 GetEvents ${where}`, async t => {
    const rows = rowsOf(gromox).filter(({ change }) => change.remove === undefined)
    const server = await start(t, rows, gromox)
    for (const row of rows) {
      const subject = new Subject(server, server.client(row.name))
      const { id, watermark } = await subject.watch(row, 'Pull')
      t.not(id, '', `R15 ${row.name}: is made`)
      deliver(server, row)
      t.match((await subject.ask(ALICE, getEvents(id, watermark))).text, 'NewMailEvent', 'works')
      await subject.change(row)
      deliver(server, row)
      const { text, code, reason } = await subject.ask(row.as ?? ALICE, getEvents(id, watermark))
      const expected = row.reasons as readonly (Reason | undefined)[] | undefined
      t.ok(
        (expected ?? [undefined]).some(it => it === reason),
        `R15 ${row.name}: ${reason}`,
      )
      t.equal(code, expected ? 'ErrorSubscriptionNotFound' : 'NoError', `R15 ${row.name}: its code`)
      t.equal(text.includes('NewMailEvent'), expected === undefined, `R15 ${row.name}: its events`)
      t.match(
        await direct(server.sandbox, 'carol@example.com', getEvents(id, watermark)),
        'NewMailEvent',
      )
    }
  })
}

t.test('R15 GetEvents of a subscription to a removed user', async t => {
  for (const row of rowsOf(false).filter(({ change }) => change.remove !== undefined)) {
    const server = await start(t, [row], false)
    const subject = new Subject(server, server.client(row.name))
    const { id, watermark } = await subject.watch(row, 'Pull')
    deliver(server, row)
    await server.store.deleteUser(ORGANIZATION, await server.userId(row.change.remove ?? ''))
    const { reason, text } = await subject.ask(ALICE, getEvents(id, watermark))
    t.ok(
      row.reasons?.some(it => it === reason),
      `R15 ${row.name}: ${reason}`,
    )
    t.notMatch(text, 'NewMailEvent')
  }
})
