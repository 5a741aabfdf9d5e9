/** Clients that repeat the identical request without end, as DavMail did with 3,000 FindFolder a minute. */

import t from 'tap'
import { RepeatedRequests } from '../../src/gateway/repeated-requests.ts'

const MINUTE_MS = 60_000

/** Sends requests at a rate. Returns the times of reports, in milliseconds. */
function sent(requests: Iterable<Buffer>, perMinute: number, from = 0): number[] {
  const repeated = new RepeatedRequests()
  const reported: number[] = []
  let at = from
  for (const request of requests) {
    if (repeated.note('p', request, Math.floor(at))) reported.push(Math.floor(at))
    at += MINUTE_MS / perMinute
  }
  return reported
}

/** Returns requests, each as often as the last, in turn. */
function* loop(count: number, ...texts: readonly string[]) {
  const requests = texts.map(text => Buffer.from(text))
  for (let n = 0; n < count; n += 1) yield requests[n % requests.length] as Buffer
}

function* different(count: number) {
  for (let n = 0; n < count; n += 1) yield Buffer.from(`GetItem ${n}`)
}

t.test('a loop is reported, and again after ten minutes', async t => {
  t.strictSame(sent(loop(999, 'a'), 3_000), [])
  t.strictSame(sent(loop(1_000, 'a'), 3_000), [19_980])
  const reports = sent(loop(3_000 * 21, 'a'), 3_000)
  t.equal(reports.length, 3)
})

t.test('a loop of a few requests is reported', async t => {
  t.not(sent(loop(6_000, 'a', 'b'), 6_000).length, 0)
  t.not(sent(loop(20_000, 'a', 'b', 'c', 'd'), 12_000).length, 0)
})

t.test('a loop between other requests is reported', async t => {
  function* mixed() {
    for (const request of different(5_000)) {
      yield request
      yield Buffer.from('loop')
    }
  }
  t.not(sent(mixed(), 6_000).length, 0)
})

t.test('work is not reported', async t => {
  t.strictSame(sent(different(20_000), 20_000), [])
  t.strictSame(sent(loop(10_000, 'poll'), 900), [], 'identical, but slow')
  const large = [Buffer.alloc(5_000)]
  t.strictSame(sent(Array(2_000).fill(large[0]), 6_000), [], 'large requests are not compared')
})

t.test('each principal counts by itself, and the clock can go back', async t => {
  const repeated = new RepeatedRequests()
  const body = Buffer.from('a')
  let reports = 0
  for (let n = 0; n < 998; n += 1)
    for (const id of ['p', 'q']) reports += repeated.note(id, body, 10_000) ? 1 : 0
  t.equal(reports, 0)
  for (let n = 0; n < 999; n += 1) reports += repeated.note('p', body, -MINUTE_MS) ? 1 : 0
  t.equal(reports, 0, 'a minute begins again')
  t.equal(repeated.note('p', body, -MINUTE_MS), true)
  for (let n = 0; n < 300; n += 1) repeated.note(`r${n}`, body, 0)
  t.equal(repeated.note('q', body, 10_000), false, 'forgotten')
})
