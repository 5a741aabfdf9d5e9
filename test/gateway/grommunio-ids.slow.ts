/** R43: every other value of every byte of every kind of ID, by every operation that takes one. */

import t from 'tap'
import {
  ALICE,
  askAll,
  BACKUP,
  changed,
  FULL,
  idsOf,
  openedIn,
  ROWS,
  startNumbered,
  valuesOf,
} from './grommunio-ids.ts'

/** Bytes that name another object of the same mailbox. A write would change or delete it. */
const isCounter = (at: number, length: number): boolean =>
  (at >= 38 && at < 44) || (at >= 62 && at < 68) || (at >= 70 && at < length - 1)

for (const { kind, name, reads, of } of ROWS)
  t.test(`R43 ${name} with every other byte`, async t => {
    const server = await startNumbered(t, { keepSeen: 100_000 })
    const own = await idsOf(server.sandbox, ALICE)
    const bytes = Buffer.from(own[kind], 'base64')
    const ids = [...bytes].flatMap((byte, at) =>
      reads !== true && isCounter(at, bytes.length)
        ? []
        : valuesOf(byte, true).map(value => changed(own[kind], at, value)),
    )
    server.sandbox.forget()
    await askAll(
      server,
      reads ? BACKUP : FULL,
      ids.map(id => of(id, own)),
    )
    t.strictSame(
      openedIn(server.sandbox).filter(owner => owner !== ALICE),
      [],
      `${ids.length} IDs`,
    )
  })
