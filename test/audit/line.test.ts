import fc from 'fast-check'
import t from 'tap'
import type { AuditRecord, DecisionRecord } from '../../src/audit/audit.ts'
import { lineOf } from '../../src/audit/line.ts'
import { anyCharacter } from '../kit/characters.ts'

const decision: DecisionRecord = {
  type: 'decision',
  at: Date.UTC(2026, 10, 25, 1, 2, 3, 4),
  decisionId: '0193a1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b',
  sourceAddress: '192.0.2.1',
  verdict: 'deny',
  reason: 'rule-denies',
  matchedRules: ['not-the-ceo'],
  connectingSid: { kind: 'SmtpAddress', value: 'boss@example.com' },
  userNameMailbox: 'boss@example.com',
  itemCount: 2,
}

t.test('P7 lineOf() writes every known member under its own name', async t => {
  t.strictSame(JSON.parse(lineOf(decision)), { ...decision, at: '2026-11-25T01:02:03.004Z' })
  const outcome: AuditRecord = {
    type: 'outcome',
    at: 0,
    decisionId: 'd',
    status: 200,
    requestBytes: 10,
    responseBytes: 20,
    durationMs: 1.5,
    ended: 'client-gone',
    outcome: 'ABORTED',
  }
  t.strictSame(JSON.parse(lineOf(outcome)), { ...outcome, at: '1970-01-01T00:00:00.000Z' })
})

t.test('lineOf() omits undefined members', async t => {
  const record = { ...decision, userAgent: undefined } as unknown as AuditRecord
  t.notOk('userAgent' in JSON.parse(lineOf(record)))
})

const long = 'x'.repeat(300)
for (const [name, text, kept] of [
  ['keeps 256 characters', 'x'.repeat(256), 'x'.repeat(256)],
  ['cuts after 256 characters', long, 'x'.repeat(256)],
  ['cuts before a surrogate pair', `${'x'.repeat(255)}😀`, 'x'.repeat(255)],
  ['keeps a surrogate pair that ends at 256', `${'x'.repeat(254)}😀y`, `${'x'.repeat(254)}😀`],
  ['cuts before the first surrogate pair', `${'x'.repeat(255)}\u{10000}`, 'x'.repeat(255)],
  ['cuts before the last surrogate pair', `${'x'.repeat(255)}\u{10ffff}`, 'x'.repeat(255)],
  ['replaces half a pair at 256', `${'x'.repeat(255)}\ud800`, `${'x'.repeat(255)}\ufffd`],
  ['keeps a character below the pairs', `${'x'.repeat(255)}\ud7ffy`, `${'x'.repeat(255)}\ud7ff`],
  ['replaces half a surrogate pair', 'a\ud800b', 'a\ufffdb'],
  ['replaces half a pair at the cut', `${'x'.repeat(255)}\udc00y`, `${'x'.repeat(255)}\ufffd`],
  ['keeps quotes and backslashes', 'a"b\\c', 'a"b\\c'],
] as const) {
  t.test(`R31 lineOf() ${name}`, async t => {
    const record: AuditRecord = {
      ...decision,
      userAgent: text,
      connectingSid: { kind: 'SmtpAddress', value: text },
      userNameMailbox: text,
      items: ['a', text],
    }
    const parsed = JSON.parse(lineOf(record))
    t.strictSame(
      [parsed.userAgent, parsed.connectingSid.value, parsed.userNameMailbox, parsed.items],
      [kept, kept, kept, ['a', kept]],
    )
  })
}

t.test('R47 lineOf() keeps the texts in the states of a change', async t => {
  const state = { name: long, policy: [{ [long]: [`${long}\ud800`] }] }
  const record: AuditRecord = {
    type: 'change',
    at: 0,
    decisionId: 'd',
    action: long,
    verdict: 'allow',
    object: { type: 'ROLE', id: long },
    before: state,
    after: long,
  }
  const { action, object, before, after } = JSON.parse(lineOf(record))
  t.strictSame([action, object.id], [long.slice(0, 256), long.slice(0, 256)])
  t.strictSame(before, { name: long, policy: [{ [long]: [`${long}\ufffd`] }] })
  t.equal(after, long)
})

t.test('R31 lineOf() names the first 100 IDs and keeps the count', async t => {
  const ids = Array.from({ length: 500 }, (_, index) => `id-${index}`)
  const record = { ...decision, folders: ids, items: ids, itemCount: 500, matchedRules: ids }
  const parsed = JSON.parse(lineOf(record))
  t.strictSame([parsed.folders, parsed.items], [ids.slice(0, 100), ids.slice(0, 100)])
  t.strictSame([parsed.itemCount, parsed.matchedRules.length], [500, 500])
})

t.test('lineOf() stays one printable line and loses nothing of short text', async t => {
  const anyText = fc.oneof(
    fc.string({ unit: anyCharacter, maxLength: 100 }),
    fc.constantFrom('\n', '\r\n', '\u2028', '\u2029', '\u0085', '\u009b31m', '\u202e', '\0', '"'),
  )
  const property = fc.property(anyText, anyText, (userAgent, id) => {
    const line = lineOf({ ...decision, userAgent, items: [id, userAgent] })
    const parsed = JSON.parse(line)
    return (
      line.indexOf('\n') === line.length - 1 &&
      // biome-ignore lint/suspicious/noControlCharactersInRegex: none may be there
      !/[\0-\u0009\u000b-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/.test(line) &&
      parsed.userAgent === userAgent.toWellFormed() &&
      parsed.items[0] === id.toWellFormed()
    )
  })
  // A counterexample holds line separators, and printing it would garble the report.
  const { failed, seed } = fc.check(property, { numRuns: 500 })
  t.notOk(failed, `for any text (seed ${seed})`)
})

const change = { type: 'change', at: 0, decisionId: 'd', action: 'a', verdict: 'allow' } as const

t.test('P7 lineOf() keeps any value of a change', async t => {
  const anyText = fc.string({ unit: anyCharacter, maxLength: 80 }).map(text => text.toWellFormed())
  const { any } = fc.letrec(tie => ({
    any: fc.oneof(
      { maxDepth: 3 },
      anyText,
      fc.double(),
      fc.boolean(),
      fc.constant(null),
      fc.array(fc.option(tie('any'), { nil: undefined }), { maxLength: 5 }),
      fc.dictionary(anyText, fc.option(tie('any'), { nil: undefined }), { maxKeys: 5 }),
    ),
  }))
  const property = fc.property(any, anyText, (after, action) => {
    const record = { ...change, action, before: null, after, isKept: true }
    const { at, ...written } = JSON.parse(lineOf(record as unknown as AuditRecord))
    const { at: _, ...expected } = record
    return JSON.stringify(written) === JSON.stringify(expected) && at === '1970-01-01T00:00:00.000Z'
  })
  const { failed, seed } = fc.check(property, { numRuns: 300 })
  t.notOk(failed, `for any value (seed ${seed})`)
})

t.test('lineOf() writes null for numbers and elements that JSON cannot have', async t => {
  const after = { none: Number.NaN, all: Number.POSITIVE_INFINITY, list: [undefined, Number.NaN] }
  const record = { ...change, after } as unknown as AuditRecord
  t.strictSame(JSON.parse(lineOf(record)).after, { none: null, all: null, list: [null, null] })
})

t.test('P7 lineOf() cuts lists of IDs alone', async t => {
  const ids = Array.from({ length: 101 }, (_, n) => `id-${n}`)
  const record = { ...change, after: { items: ids, folders: ids }, groups: ids }
  const { after, groups } = JSON.parse(lineOf(record as unknown as AuditRecord))
  t.strictSame([after, groups], [{ items: ids, folders: ids }, ids])
})

t.test('lineOf() writes the time of each record', async t => {
  const timeOf = (at: number) => JSON.parse(lineOf({ ...decision, at })).at
  for (const at of [0, 1, 1, 0, decision.at, 1]) t.equal(timeOf(at), new Date(at).toISOString())
})
