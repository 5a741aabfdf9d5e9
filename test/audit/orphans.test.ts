/**
 * Claims of processes on the writers that have ended.
 */

import fs, {
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { mock } from 'node:test'
import t, { type Test } from 'tap'
import { Orphans } from '../../src/audit/orphans.ts'
import { newWriter, segmentFile } from '../../src/audit/segments.ts'
import { diskBelow } from '../kit/full-disk.ts'
import { openFilesIn } from './open-files.ts'

const T = Date.UTC(2026, 10, 27)
const [OWN, OTHER, ENDED] = [newWriter(0), newWriter(1_000), newWriter(2_000)] as const
const NONE: ReadonlySet<string> = new Set()

/** A folder with a segment of each writer. `ENDED` has ended, and the others run on another host. */
function startFolder(t: Test) {
  const folder = t.testdir()
  const write = (writer: string, header: object, at = T, segment = 1) => {
    const file = segmentFile(folder, { writer, segment })
    writeFileSync(file, `${JSON.stringify({ type: 'segment', ...header })}\n`)
    utimesSync(file, at / 1_000, at / 1_000)
  }
  for (const writer of [OWN, OTHER]) write(writer, { host: 'another', pid: 1 })
  write(ENDED, { host: 'another', pid: 1 }, 0)
  const orphansOf = (own: string) => new Orphans(folder, own, () => T)
  const claims = () => readdirSync(join(folder, 'claims')).sort()
  return { folder, write, orphansOf, claims }
}

// Comes first, because a wrong signal would end the processes of the other tests.
for (const [code, isClaimed] of [
  ['EPERM', false],
  ['ESRCH', true],
] as const)
  t.test(`R37 a process that answers a signal with ${code} runs, or does not`, async t => {
    const { write, orphansOf } = startFolder(t)
    write(ENDED, { host: hostname(), pid: 4_000_000 }, T)
    const { mock: calls } = mock.method(process, 'kill', () => {
      throw Object.assign(new Error(code), { code })
    })
    t.teardown(() => mock.restoreAll())
    t.strictSame(orphansOf(OWN).claim(NONE), isClaimed ? [ENDED] : [])
    t.match(calls.calls, [{ arguments: [4_000_000, 0] }], 'the signal ends no process')
  })

t.test('R37 claim() returns the claims of this process again, if they are not known', async t => {
  const { folder, orphansOf, claims } = startFolder(t)
  const orphans = orphansOf(OWN)
  t.strictSame(orphans.claim(NONE), [ENDED])
  t.strictSame(orphans.claim(NONE), [ENDED], 'a failure may have come after the claim')
  t.strictSame(orphans.claim(new Set([ENDED])), [])
  t.strictSame(orphansOf(OTHER).claim(NONE), [], 'another process has it')
  t.strictSame(claims(), [`${ENDED}.1`])
  t.strictSame([...orphans.claimed()], [ENDED])
  t.equal(openFilesIn(folder), 0, 'no header stays open')
  t.equal(readFileSync(join(folder, 'claims', `${ENDED}.1`), 'utf8'), OWN)
})

t.test('claims can be read only by their owner', async t => {
  const { folder, orphansOf } = startFolder(t)
  orphansOf(OWN).claim(NONE)
  t.equal(statSync(join(folder, 'claims')).mode & 0o777, 0o700)
  t.equal(statSync(join(folder, 'claims', `${ENDED}.1`)).mode & 0o777, 0o600)
})

t.test('R37 of two processes that claim a writer at once, one succeeds', async t => {
  const { folder, orphansOf, claims } = startFolder(t)
  const [one, other] = [orphansOf(OWN), orphansOf(OTHER)]
  t.strictSame(one.claim(NONE), [ENDED])
  const { existsSync } = fs
  const restore = () => {
    fs.existsSync = existsSync
    syncBuiltinESMExports()
  }
  t.teardown(restore)
  // The other process read the claims before.
  fs.existsSync = path => path !== join(folder, 'claims') && existsSync(path)
  syncBuiltinESMExports()
  t.strictSame(other.claim(NONE), [])
  restore()
  t.strictSame(claims(), [`${ENDED}.1`])
})

t.test('R38 claim() fails on a full disk, leaves no file, and succeeds later', async t => {
  const { folder, orphansOf, claims } = startFolder(t)
  const orphans = orphansOf(OWN)
  const disk = diskBelow(t, folder)
  for (const room of [0, 1]) {
    disk.fill(room)
    t.throws(() => orphans.claim(NONE), { code: 'ENOSPC' })
    t.strictSame(claims(), [])
    t.equal(openFilesIn(folder), 0)
  }
  disk.empty()
  t.strictSame(orphans.claim(NONE), [ENDED])
  t.strictSame(claims(), [`${ENDED}.1`])
})

t.test('R37 the claim of a process that has ended passes on, from number to number', async t => {
  const { folder, orphansOf, claims } = startFolder(t)
  mkdirSync(join(folder, 'claims'))
  for (let number = 1; number <= 11; number++)
    writeFileSync(join(folder, 'claims', `${ENDED}.${number}`), `gone-${number}`)
  t.strictSame(orphansOf(OWN).claim(NONE), [ENDED])
  t.equal(claims().length, 12)
  t.equal(readFileSync(join(folder, 'claims', `${ENDED}.12`), 'utf8'), OWN)
  writeFileSync(join(folder, 'claims', `${OTHER}.1`), OWN)
  orphansOf(OWN).forget(ENDED)
  t.strictSame(claims(), [`${OTHER}.1`])
})

t.test('R37 forget() accepts that another process has removed a claim', async t => {
  const { orphansOf, claims } = startFolder(t)
  orphansOf(OWN).claim(NONE)
  const { readdirSync } = fs
  const restore = () => {
    fs.readdirSync = readdirSync
    syncBuiltinESMExports()
  }
  t.teardown(restore)
  const list = () => [`${ENDED}.1`, `${ENDED}.2`]
  fs.readdirSync = list as unknown as typeof readdirSync
  syncBuiltinESMExports()
  orphansOf(OWN).forget(ENDED)
  restore()
  t.strictSame(claims(), [])
})

t.test(
  'R37 claim() of a writer whose segment is deleted at the same time does not fail',
  async t => {
    const { folder, orphansOf } = startFolder(t)
    const gone = newWriter(3_000)
    symlinkSync(join(folder, 'nowhere'), segmentFile(folder, { writer: gone, segment: 1 }))
    t.strictSame(orphansOf(OWN).claim(NONE), [ENDED, gone])
  },
)

t.test('R37 a claim that is still being written counts once it is complete', async t => {
  const { folder, orphansOf, write } = startFolder(t)
  const orphans = orphansOf(OWN)
  mkdirSync(join(folder, 'claims'))
  const file = join(folder, 'claims', `${ENDED}.1`)
  writeFileSync(file, '')
  write(ENDED, { host: 'another', pid: 1 }, T)
  t.strictSame(orphans.claim(NONE), [], 'its writer runs')
  writeFileSync(file, OTHER)
  write(ENDED, { host: 'another', pid: 1 }, 0)
  t.strictSame(orphans.claim(NONE), [], 'its holder runs')
})

for (const [what, header, at, isClaimed] of [
  ['of a process of this host that runs', { host: hostname(), pid: process.ppid }, T, false],
  ['of this process, which cannot have two', { host: hostname(), pid: process.pid }, T, true],
  ['of a silent process of this host', { host: hostname(), pid: process.ppid }, T - 60_000, true],
  ['of the ID of this process on another host', { host: 'another', pid: process.pid }, T, false],
] as const)
  t.test(`R37 claim() of a writer ${what}`, async t => {
    const { write, orphansOf } = startFolder(t)
    write(ENDED, header, at)
    t.strictSame(orphansOf(OWN).claim(NONE), isClaimed ? [ENDED] : [])
  })

t.test('R37 claim() looks at the last segment of a writer', async t => {
  const { write, orphansOf } = startFolder(t)
  write(ENDED, { host: 'another', pid: 1 }, T, 2)
  t.strictSame(orphansOf(OWN).claim(NONE), [])
})
