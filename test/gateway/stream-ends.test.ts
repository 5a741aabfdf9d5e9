/**
 * Ends of streaming responses: after their maximum duration, and when the gateway drains.
 */

import { mock } from 'node:test'
import t, { type Test } from 'tap'
import { Streams } from '../../src/gateway/streams.ts'

/** Streams with a clock of the test, and a function that adds one. */
function open(t: Test) {
  mock.timers.enable({ apis: ['setTimeout'] })
  t.teardown(() => mock.timers.reset())
  const streams = new Streams()
  const calls: string[] = []
  const add = (name: string, longestMs = 1_000) => {
    const call = (what: string) => () => void calls.push(`${name} ${what}`)
    return streams.add({ stop: call('stops'), cut: call('is cut') }, longestMs)
  }
  return { streams, calls, add }
}

t.test('Streams abort a stream after its maximum duration', async t => {
  const { calls, add } = open(t)
  add('short', 1_000)
  add('long', 2_000)
  const leave = add('ended', 1_000)
  mock.timers.tick(999)
  leave()
  t.strictSame(calls, [])
  mock.timers.tick(1)
  t.strictSame(calls.splice(0), ['short is cut'])
  mock.timers.tick(1_000)
  t.strictSame(calls, ['long is cut'])
})

t.test('Streams end the open streams, and those that begin later', async t => {
  const { streams, calls, add } = open(t)
  add('open')
  const leave = add('ended')
  leave()
  t.strictSame(calls, [], 'nothing ends by itself')
  streams.end()
  t.strictSame(calls.splice(0), ['open stops'])
  add('late', 500)
  t.strictSame(calls.splice(0), ['late stops'])
  mock.timers.tick(500)
  t.strictSame(calls, ['late is cut'], 'if it reaches no end of an envelope')
})
