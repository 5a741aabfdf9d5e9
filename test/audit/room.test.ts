/** The room on the disk of the journal. */

import t from 'tap'
import { isNearlyFull, type Room, RoomWatch } from '../../src/audit/room.ts'
import { openJournal } from './journals.ts'

const GIB = 2 ** 30

for (const [bytes, freeBytes, expected] of [
  [100, 10, false],
  [100, 9, true],
  [100, 0, true],
  [1_000 * GIB, 10 * GIB, false],
  [1_000 * GIB, 10 * GIB - 1, true],
  [0, 0, false],
] as const)
  t.equal(isNearlyFull({ bytes, freeBytes }), expected, `${freeBytes} of ${bytes}`)

t.test('RoomWatch reports transitions', async t => {
  const changes: unknown[] = []
  const watch = new RoomWatch((isFull, { freeBytes }) => changes.push([isFull, freeBytes]))
  for (const freeBytes of [50, 9, 8, 10, 11, 0]) watch.look({ bytes: 100, freeBytes })
  t.strictSame(changes, [
    [true, 9],
    [false, 10],
    [true, 0],
  ])
})

t.test('Journal tells the room at every check', async t => {
  const rooms: Room[] = []
  const { journal } = openJournal(t, t.testdir(), { room: room => rooms.push(room) })
  journal.check()
  t.equal(rooms.length, 1)
  t.ok((rooms[0]?.freeBytes ?? 0) > 0)
  t.ok((rooms[0]?.bytes ?? 0) >= (rooms[0]?.freeBytes ?? 0))
  t.equal(journal.room().bytes, rooms[0]?.bytes)
})
