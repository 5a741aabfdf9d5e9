import { setImmediate } from 'node:timers/promises'
import t from 'tap'
import { collectAll, collectYoung } from '../src/garbage.ts'

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
