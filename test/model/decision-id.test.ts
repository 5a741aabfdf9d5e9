import t from 'tap'
import { firstIdAt, hourOf, idAfter, startOf, timeOfId } from '../../src/model/decision-id.ts'

for (const [at, id] of [
  [0, '00000000-0000-0000-0000-000000000000'],
  [1, '00000000-0001-0000-0000-000000000000'],
  [0xfedc_ba98_7654, 'fedcba98-7654-0000-0000-000000000000'],
] as const) {
  t.equal(firstIdAt(at), id)
  t.equal(timeOfId(id), at, `timeOfId() of ${id}`)
}
t.equal(firstIdAt(-1), firstIdAt(0), 'no ID is before the epoch')
t.equal(firstIdAt(1.9), firstIdAt(1), 'a part of a millisecond does not count')
t.equal(firstIdAt(2 ** 53).length, 36, 'a time that no ID has gives the form of an ID')
t.equal(timeOfId('fedcba98-7654-7fff-8fff-ffffffffffff'), 0xfedc_ba98_7654)

for (const [at, hour] of [
  [0, 0],
  [3_599_999, 0],
  [3_600_000, 1],
  [7_200_000, 2],
] as const)
  t.equal(hourOf(at), hour, `hourOf(${at})`)
t.equal(startOf(2), 7_200_000)

const ID = '019a213e-bc61-7ed3-8fc9-b480d57e99fe'
for (const [id, steps, after] of [
  [ID, 0, ID],
  [ID, 1, '019a213e-bc61-7ed3-8fc9-b480d57e99ff'],
  [ID, 2, '019a213e-bc61-7ed3-8fc9-b480d57e9a00'],
  ['019a213e-bc61-7ed3-8fc9-ffffffffffff', 2, '019a213e-bc61-7ed3-8fc9-000000000001'],
] as const)
  t.equal(idAfter(id, steps), after, `idAfter() ${steps}`)
