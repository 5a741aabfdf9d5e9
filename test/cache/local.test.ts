/**
 * Tests the cache of one process (L1): how long it keeps values, and which changes invalidate them.
 */

import t from 'tap'
import { LocalEntries } from '../../src/cache/local.ts'
import { elsewhere, organization } from '../store/samples.ts'

const END = { now: 1_000, elapsed: 100 }
const BEFORE = { now: 999, elapsed: 99 }

const entry = (value: unknown) => ({ value, from: 1, end: END, organization })

/** Clocks that show a moment. */
const at = ({ now, elapsed }: typeof BEFORE) => ({ now: () => now, elapsed: () => elapsed })

/** Knows `kept` of its own organization, `there` of another, and that there is no `absent`. */
function knowing() {
  const local = new LocalEntries()
  local.keep('kept', entry('a value'), local.beginRead())
  local.keep('there', { ...entry('a value'), organization: elsewhere }, local.beginRead())
  local.keep('absent', entry(undefined), local.beginRead())
  return local
}

const known = (local: LocalEntries) =>
  ['kept', 'there', 'absent'].filter(key => local.find(key, at(BEFORE)) !== undefined)

for (const [what, moment, isFound] of [
  ['before either end', BEFORE, true],
  ['at the end of the monotonic clock', { ...BEFORE, elapsed: 100 }, false],
  ['at the end of the wall clock', { ...BEFORE, now: 1_000 }, false],
  ['when the wall clock was turned back', { now: 0, elapsed: 100 }, false],
  ['when the monotonic clock stood still', { now: 1_000, elapsed: 0 }, false],
] as const) {
  t.equal(knowing().find('kept', at(moment)) !== undefined, isFound, `R26 a value ${what}`)
}

for (const [what, change, left] of [
  ['nothing', () => undefined, ['kept', 'there', 'absent']],
  ['a change of a value', local => local.invalidate('kept', organization, 7), ['there', 'absent']],
  [
    'a change of an absence',
    local => local.invalidate('absent', organization, 7),
    ['kept', 'there'],
  ],
  ['a change of all', local => local.invalidateAll(organization, 7), ['there']],
  ['another store', local => local.clear(), []],
] as const satisfies readonly (readonly [string, (_: LocalEntries) => void, string[]])[]) {
  const local = knowing()
  change(local)
  t.strictSame(known(local), left, `P5 what is known after ${what}`)
}

for (const [what, change, of, isKept] of [
  ['nothing', () => undefined, organization, true],
  ['nothing, of nobody', () => undefined, undefined, true],
  ['a change of it', local => local.invalidate('late', organization, 7), organization, false],
  ['a change of another', local => local.invalidate('kept', organization, 7), organization, true],
  ['any change, of nobody', local => local.invalidate('kept', organization, 7), undefined, false],
  ['a change of all', local => local.invalidateAll(organization, 7), organization, false],
  ['a change of all elsewhere', local => local.invalidateAll(elsewhere, 7), organization, true],
  ['another store', local => local.clear(), organization, false],
] as const satisfies readonly (readonly [
  string,
  (_: LocalEntries) => void,
  typeof organization | undefined,
  boolean,
])[]) {
  const local = knowing()
  const since = local.beginRead()
  change(local)
  t.equal(
    local.keep('late', { ...entry('old'), organization: of }, since) !== undefined,
    isKept,
    `R25 a late reader, after ${what}`,
  )
  t.equal(local.find('late', at(BEFORE)) !== undefined, isKept, `R25 what it leaves, after ${what}`)
  t.ok(
    local.keep('late', { ...entry('new'), organization: of }, local.beginRead()),
    `R25 the next reader, after ${what}`,
  )
}

for (const [key, of, version, isAdmitted] of [
  ['changed', organization, 6, false],
  ['changed', organization, 7, true],
  ['another', organization, 2, false],
  ['another', organization, 3, true],
  ['another', elsewhere, 0, true],
] as const) {
  const local = new LocalEntries()
  local.invalidateAll(organization, 3)
  local.invalidate('changed', organization, 7)
  local.invalidate('changed', organization, 5)
  local.invalidateAll(organization, 1)
  const what = `${key} of version ${version}`
  t.equal(local.admits(key, of, version), isAdmitted, `R25 what others have read: ${what}`)
  local.clear()
  t.ok(local.admits(key, of, version), `R27 versions of another store say nothing of ${what}`)
}

t.test('P6 a value from before an absence does not come back', t => {
  const local = knowing()
  local.keep('kept', entry(undefined), local.beginRead())
  t.equal(local.find('kept', at(BEFORE))?.value, undefined)
  t.ok(local.isGone('kept'))
  local.keep('kept', entry('again'), local.beginRead())
  t.equal(local.find('kept', at(BEFORE))?.value, 'again')
  t.notOk(local.isGone('kept'))
  t.end()
})

t.test('R28 the latest 10,000 absences are cached, fewer with long names', t => {
  const local = knowing()
  const find = (key: string) => local.find(key, at(BEFORE))
  for (let n = 0; n < 10_000; n += 1) local.keep(`n${n}`, entry(undefined), local.beginRead())
  t.notOk(find('absent'), 'the first')
  t.ok(find('n0') && find('n9999'), 'the latest')
  t.ok(find('kept'), 'absences drive out no value')
  const long = 'x'.repeat(60_000)
  for (let n = 0; n < 100; n += 1) local.keep(`${n}${long}`, entry(undefined), local.beginRead())
  t.notOk(find(`0${long}`), 'the first of 6 MB')
  t.ok(find(`99${long}`), 'the latest')
  t.end()
})

t.test('R28 an absence counts once for each 512 characters of its name', t => {
  for (const [length, left] of [
    [512, 10_000],
    [513, 5_000],
    [1_024, 5_000],
    [1_025, 3_333],
  ] as const) {
    const local = new LocalEntries()
    const names = Array.from({ length: 10_000 }, (_, n) => `${n}`.padStart(length, '-'))
    for (const name of names) local.keep(name, entry(undefined), local.beginRead())
    t.equal(names.filter(name => local.isGone(name)).length, left, `${length} characters`)
  }
  t.end()
})

t.test('P5 the latest 65,536 values are cached', t => {
  const local = new LocalEntries()
  for (let n = 0; n <= 65_536; n += 1) local.keep(`n${n}`, entry(n), local.beginRead())
  t.notOk(local.find('n0', at(BEFORE)))
  t.equal(local.find('n1', at(BEFORE))?.value, 1)
  t.equal(local.find('n65536', at(BEFORE))?.value, 65_536)
  t.end()
})

t.test('R25 more changes than can be kept invalidate every value', t => {
  const local = knowing()
  local.invalidate('x', elsewhere, 4)
  for (let n = 0; n < 9_999; n += 1) local.invalidate(`n${n}`, organization, n + 10)
  t.strictSame(known(local), ['kept', 'there', 'absent'])
  const since = local.beginRead()
  local.invalidate('one more', organization, 5)
  t.strictSame(known(local), [])
  t.notOk(local.admits('n0', organization, 10_007), 'below the last change')
  t.ok(local.admits('n0', organization, 10_008), 'of the last change')
  t.notOk(local.admits('x', elsewhere, 3), 'below the last change elsewhere')
  t.ok(local.admits('x', elsewhere, 4), 'of the last change elsewhere')
  t.notOk(local.keep('n0', entry('late'), since), 'a late reader')
  for (let n = 0; n < 10_000; n += 1) local.invalidate(`n${n}`, organization, n + 20_000)
  t.ok(local.admits('other', organization, 10_008), 'it counts anew')
  t.end()
})

t.test('R27 another store invalidates no more than its own changes do', t => {
  const local = knowing()
  local.invalidate('x', organization, 7)
  local.clear()
  for (let n = 0; n < 10_001; n += 1) local.invalidate(`n${n}`, elsewhere, 4)
  t.ok(local.admits('x', organization, 1), 'its versions are lower')
  t.notOk(local.admits('x', elsewhere, 3))
  t.end()
})

t.test('peek() returns an expired value, and does not count as a use', t => {
  const local = new LocalEntries(2)
  for (const key of ['a', 'b']) local.keep(key, entry(key), local.beginRead())
  t.equal(local.peek('a')?.end, END)
  t.equal(local.find('a', at(END)), undefined)
  local.find('b', at(BEFORE))
  t.equal(local.peek('a')?.value, 'a')
  local.keep('c', entry('c'), local.beginRead())
  t.strictSame(
    ['a', 'b', 'c'].filter(key => local.peek(key) !== undefined),
    ['b', 'c'],
  )
  t.end()
})

for (const [what, first, second, kept] of [
  ['the last value of one read is used', 0, 0, 'second 0'],
  ['a read that began before does not replace what a later one gave', 1, 0, 'first 1'],
  ['a read that began later replaces what one before it gave', 0, 1, 'second 1'],
] as const) {
  const local = new LocalEntries()
  const begun = [local.beginRead(), local.beginRead()] as const
  local.keep('key', entry(`first ${first}`), begun[first])
  t.equal(local.keep('key', entry(`second ${second}`), begun[second])?.value, kept, `P6 ${what}`)
  t.equal(local.find('key', at(BEFORE))?.value, kept)
}
