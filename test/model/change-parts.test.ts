/**
 * Records of changes are split without loss.
 */

import fc from 'fast-check'
import t from 'tap'
import { idsOfParts, joinParts, partsOf } from '../../src/model/change-parts.ts'
import { timeOfId } from '../../src/model/decision-id.ts'

const decisionId = '019a213e-bc61-7ed3-8fc9-b480d57e999e'
const LIMIT = 120

const plain = (value: unknown) =>
  value === undefined ? undefined : JSON.parse(JSON.stringify(value))

/** A value that a state can have, with lists in structures, and structures in lists. */
const state = fc.option(fc.jsonValue({ maxDepth: 4 }), { nil: undefined })

/** Returns a record with these states. */
const recordOf = (before: unknown, after: unknown) => ({
  decisionId,
  action: 'ewsgateway:ImportUsers',
  ...(before !== undefined && { before }),
  ...(after !== undefined && { after }),
})

t.test('joinParts() returns the record that partsOf() has split', async t => {
  const property = fc.property(state, state, (before, after) => {
    const record = recordOf(before, after)
    const [first = record, ...others] = partsOf(record, LIMIT)
    const { parts: _, ...joined } = { parts: 0, ...joinParts(first, others) }
    t.strictSame(plain(joined), plain(record))
  })
  t.doesNotThrow(() => fc.assert(property))
})

t.test('partsOf() numbers the records, and gives each an ID of the same time', async t => {
  const ids = fc.array(fc.uuid(), { minLength: 4, maxLength: 40 })
  const property = fc.property(ids, users => {
    const parts = partsOf(recordOf(undefined, { created: users, deleted: [] }), LIMIT)
    t.strictSame(
      parts.map(part => part.decisionId),
      idsOfParts(decisionId, parts.length),
    )
    for (const [n, { part, parts: all, partOf, action, decisionId: id }] of parts.entries()) {
      t.strictSame([part, all, action], [n + 1, parts.length, 'ewsgateway:ImportUsers'])
      t.equal(partOf, n === 0 ? undefined : decisionId)
      t.equal(timeOfId(id), timeOfId(decisionId))
    }
  })
  t.doesNotThrow(() => fc.assert(property, { numRuns: 20 }))
})

t.test('partsOf() keeps each record within the limit, unless one value exceeds it', async t => {
  const ids = fc.array(fc.uuid(), { minLength: 4, maxLength: 40 })
  const property = fc.property(ids, ids, (created, left) => {
    const members = { group: { left } }
    for (const { before, after } of partsOf(recordOf({ members }, { created }), LIMIT))
      t.ok(JSON.stringify({ before, after }).length <= LIMIT)
  })
  t.doesNotThrow(() => fc.assert(property, { numRuns: 50 }))

  const long = 'x'.repeat(2 * LIMIT)
  const parts = partsOf(recordOf(undefined, { users: ['u-1', long, 'u-2'] }), LIMIT)
  t.strictSame(
    parts.map(({ after }) => plain(after)),
    [{ users: ['u-1'] }, { users: [long] }, { users: ['u-2'] }],
  )
})

for (const [title, after] of [
  ['a short change', { users: ['u-1'] }],
  ['one long value', 'x'.repeat(2 * LIMIT)],
] as const)
  t.test(`partsOf() returns one record for ${title}`, async t => {
    const record = recordOf(undefined, after)
    t.strictSame(partsOf(record, LIMIT), [record])
  })

t.test('partsOf() keeps names that objects have in their prototype', async t => {
  const after = JSON.parse(`{"__proto__":["${'x'.repeat(LIMIT)}","y"],"constructor":["z"]}`)
  const [first = recordOf(undefined, {}), ...others] = partsOf(recordOf(undefined, after), LIMIT)
  t.ok(others.length > 0)
  t.equal(JSON.stringify(joinParts(first, others).after), JSON.stringify(after))
})
