/**
 * R15 as a table: streams that are open when their role changes, and streams that are opened then.
 */

import t from 'tap'
import { codeOf } from '../kit/corpus.ts'
import { until } from '../kit/wire.ts'
import { ALICE, deliver, rowsOf, Subject, start, stream } from './guard-subscriptions.ts'

for (const gromox of [false, true]) {
  const where = gromox ? 'before a server like grommunio' : 'before the sandbox'
  t.test(`R15 GetStreamingEvents ${where}`, async t => {
    const rows = rowsOf(gromox).filter(
      ({ change, as }) => change.remove === undefined && as === undefined,
    )
    const server = await start(t, rows, gromox)
    for (const row of rows) {
      const subject = new Subject(server, server.client(row.name))
      const [held, later, own] = [
        await subject.watch(row, 'Streaming'),
        await subject.watch(row, 'Streaming'),
        await subject.watch(
          { ...row, watches: '<t:FolderIds><t:DistinguishedFolderId Id="inbox"/></t:FolderIds>' },
          'Streaming',
        ),
      ]
      const opened = await subject.open(ALICE, stream(held.id, own.id))
      await subject.change(row)
      const isDenied = row.reasons !== undefined
      if (isDenied) await until('the stream is cut off', () => opened.ended)
      deliver(server, row)
      if (!isDenied) await until('an event', () => opened.text.includes('NewMailEvent'))
      t.equal(opened.text.includes('NewMailEvent'), !isDenied, `R15 ${row.name}: an open stream`)
      opened.abort()

      const again = await subject.open(ALICE, stream(own.id, later.id))
      if (!isDenied) await until('an event', () => again.text.includes('NewMailEvent'))
      t.equal(again.text.includes('NewMailEvent'), !isDenied, `R15 ${row.name}: a new stream`)
      if (isDenied) t.equal(codeOf(again.text), 'ErrorSubscriptionNotFound')
      again.abort()
    }
  })
}
