import { setImmediate } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import t from 'tap'
import { collectAll, collectYoung, favourTime } from '../../src/app/garbage.ts'
import { until } from '../kit/until.ts'

t.test('collectAll() collects what nobody holds', async t => {
  const [kept, lost] = [{}, new WeakRef({})]
  const held = new WeakRef(kept)
  // What a job has looked at lives as long as the job.
  await setImmediate()
  collectAll()
  t.equal(lost.deref(), undefined)
  t.equal(held.deref(), kept)
})

t.test('collectYoung() gives back the memory of buffers that nobody holds', async t => {
  collectAll()
  const before = process.memoryUsage().arrayBuffers
  const heldBack = () => process.memoryUsage().arrayBuffers - before
  for (let i = 0; i < 768; i += 1) {
    Buffer.alloc(65_536, i)
    if (i % 128 === 127) collectYoung()
  }
  // Freed by another thread, but for what was made while V8 happened to mark everything.
  await until('less than half of 50 MB is held back', () => heldBack() <= 24e6)
})

t.test('nobody else gets the function', async t => {
  collectYoung()
  const { runInNewContext } = await import('node:vm')
  t.equal(runInNewContext('typeof gc'), 'undefined')
  t.equal(typeof globalThis.gc, 'undefined')
})

setFlagsFromString('--allow-natives-syntax')
const statusOf = new Function('f', 'return %GetOptimizationStatus(f)') as (f: unknown) => number
/** Bit of a function whose bytecode V8 has dropped. */
const IS_LAZY = 1 << 18

/** Runs functions once, collects, and counts those whose bytecode is still there. */
function keptFunctions(): number {
  const functions = Array.from({ length: 100 }, (_, i) => new Function('a', `return [a, ${i}]`))
  for (const each of functions) each(1)
  for (let i = 0; i < 12; i += 1) collectAll()
  return functions.filter(each => (statusOf(each) & IS_LAZY) === 0).length
}

t.test('favourTime() has code kept that was not run for some collections', t => {
  t.equal(keptFunctions(), 0, 'without it none')
  favourTime()
  t.equal(keptFunctions(), 100)
  t.end()
})
