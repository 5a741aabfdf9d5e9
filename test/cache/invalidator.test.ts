/**
 * Entries that changes invalidate, and reports of the changes.
 */

import t from 'tap'
import type { Announcer } from '../../src/cache/announcer.ts'
import { Invalidator } from '../../src/cache/invalidator.ts'
import { LocalEntries } from '../../src/cache/local.ts'
import type { CacheObserver } from '../../src/cache/observer.ts'
import { localKey } from '../../src/cache/place.ts'
import { roleId } from '../../src/model/role.ts'
import { roleSubject } from '../../src/model/subject.ts'
import { elsewhere, organization } from '../store/samples.ts'
import { SILENT } from './parts.ts'

const NOW = 1_000
const END = { now: 2_000, elapsed: 2_000 }
const CLOCK = { now: () => NOW, elapsed: () => NOW }
const [ONE, OTHER] = ['one', 'other'].map(id => roleSubject(roleId(id))) as [
  ReturnType<typeof roleSubject>,
  ReturnType<typeof roleSubject>,
]

/** An invalidator of two roles in each of two organizations. */
function startInvalidator() {
  const local = new LocalEntries()
  const places = [organization, elsewhere].flatMap(of =>
    [ONE, OTHER].map(subject => ({ of, subject, key: localKey(of, subject) })),
  )
  for (const { of, key } of places)
    local.keep(key, { value: key, from: 1, end: END, organization: of }, local.beginRead())
  const events: unknown[] = []
  const observer: CacheObserver = {
    ...SILENT,
    confirmed: (of, version, at) => events.push(`confirmed ${of} ${version} ${at}`),
    invalidated: delayMs => events.push(`invalidated ${delayMs}`),
    restored: () => events.push('restored'),
  }
  const announcer = { begin: () => events.push('begin') } as unknown as Announcer
  const invalidator = new Invalidator({ clock: CLOCK, observer }, local, announcer)
  invalidator.onChange(of => events.push(of))
  /** Returns the keys that are left. */
  const left = () => places.map(({ key }) => key).filter(key => local.find(key, CLOCK))
  return { invalidator, events, left, keys: places.map(({ key }) => key) }
}

const versions = (ours: number, theirs: number) => ({
  epoch: 'e',
  versions: new Map([
    [organization, ours],
    [elsewhere, theirs],
  ]),
})

t.test('changed() invalidates the subjects of each change, and tells once', async t => {
  const { invalidator, events, left, keys } = startInvalidator()
  invalidator.changed(organization, [
    { version: 2, at: NOW - 7, subjects: [ONE] },
    { version: 3, at: NOW + 7, subjects: [] },
  ])
  t.strictSame(left(), keys.slice(1))
  t.strictSame(events.splice(0), ['invalidated 7', 'invalidated 0', organization])
  invalidator.changed(organization, [{ version: 3, at: NOW, subjects: [OTHER] }])
  t.strictSame(left(), keys.slice(2), 'also of a change that was reported')
  t.strictSame(events.splice(0), [organization])
  invalidator.changed(elsewhere, [{ version: 2, at: NOW }])
  t.strictSame(left(), [])
  t.strictSame(events, ['invalidated 0', elsewhere])
})

t.test('changedUnnamed() invalidates an organization, and tells', async t => {
  const { invalidator, events, left, keys } = startInvalidator()
  invalidator.changedUnnamed(organization, 2)
  t.strictSame([left(), events], [keys.slice(2), [organization]])
})

t.test('reset() invalidates everything, and tells whether the store was restored', async t => {
  for (const [why, reported] of [
    ['start', []],
    ['gap', []],
    ['restored', ['restored']],
  ] as const) {
    const { invalidator, events, left } = startInvalidator()
    invalidator.changed(organization, [{ version: 9, at: NOW, subjects: [] }])
    events.length = 0
    invalidator.reset(versions(1, 1), why)
    t.strictSame([left(), events.splice(0)], [[], ['begin', ...reported, undefined]], why)
    invalidator.changed(organization, [{ version: 2, at: NOW, subjects: [] }])
    t.strictSame(events, ['invalidated 0', organization], 'versions begin again')
  }
})

t.test('seen() reports the version of each organization, with the time of the poll', async t => {
  const { invalidator, events } = startInvalidator()
  invalidator.seen(versions(3, 4), { now: 500, elapsed: 5 })
  t.strictSame(events, [`confirmed ${organization} 3 500`, `confirmed ${elsewhere} 4 500`])
})
