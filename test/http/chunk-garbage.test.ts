import t from 'tap'
import { countPassed } from '../../src/http/chunk-garbage.ts'

const MIB = 1024 * 1024

t.test('countPassed() collects young objects once for 16 MiB', async t => {
  const given: unknown[] = []
  t.intercept(globalThis, 'gc', { value: (options: unknown) => given.push(options) })
  for (let chunk = 0; chunk < 64; chunk += 1) countPassed(MIB)
  t.strictSame(given, Array(4).fill({ type: 'minor', execution: 'sync' }))
})

t.test('countPassed() does nothing without --expose-gc', async t => {
  t.equal(globalThis.gc, undefined)
  t.doesNotThrow(() => countPassed(32 * MIB))
})
