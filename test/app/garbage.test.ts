import { setImmediate } from 'node:timers/promises'
import { getHeapCodeStatistics } from 'node:v8'
import t from 'tap'
import { collectAll, collectYoung, favourTime } from '../../src/app/garbage.ts'

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
  for (let turn = 0; turn < 10_000 && heldBack() > 24e6; turn += 1) await setImmediate()
  t.ok(heldBack() <= 24e6, `${heldBack()} of 50 MB are held back`)
})

t.test('nobody else gets the function', async t => {
  collectYoung()
  const { runInNewContext } = await import('node:vm')
  t.equal(runInNewContext('typeof gc'), 'undefined')
  t.equal(typeof globalThis.gc, 'undefined')
})

/** The share of code that is there after some collections, of functions that were run once before. */
function keptOfCode(): number {
  const before = codeAfterCollections()
  const functions = Array.from({ length: 1_000 }, (_, i) => new Function('a', `return [a, ${i}]`))
  for (const each of functions) each(1)
  const made = codeBytes() - before
  const kept = codeAfterCollections() - before
  return functions.length > 0 ? kept / made : 0
}

const codeBytes = () => getHeapCodeStatistics().bytecode_and_metadata_size

function codeAfterCollections(): number {
  for (let i = 0; i < 12; i += 1) collectAll()
  return codeBytes()
}

t.test('favourTime() has code kept that was not run for some collections', t => {
  const forgotten = keptOfCode()
  t.ok(forgotten < 0.1, `without it ${forgotten} is left`)
  favourTime()
  const kept = keptOfCode()
  t.ok(kept > 0.4, `with it ${kept} is left`)
  t.end()
})
