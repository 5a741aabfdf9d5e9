import fc from 'fast-check'
import { Histogram, Registry } from 'prom-client'
import t from 'tap'
import { Durations, histogramOf } from '../../src/telemetry/durations.ts'

const BOUNDS = [0.005, 0.1, 1, 60]
const NAMED = { name: 'took_seconds', help: 'How long it took' }

t.test('a histogram says what that of prom-client says', async t => {
  const duration = fc.oneof(
    fc.double({ min: 0, max: 100, noNaN: true }),
    fc.constantFrom(0, ...BOUNDS),
  )
  const observed = fc.array(fc.tuple(fc.constantFrom('GetItem', 'FindItem'), duration))
  await fc.assert(
    fc.asyncProperty(observed, async list => {
      const registers = [new Registry()]
      const theirs = new Histogram({ ...NAMED, labelNames: ['of'], buckets: BOUNDS, registers })
      const ours = new Registry()
      const series = new Map<string, Durations>()
      ours.registerMetric(histogramOf({ ...NAMED, labelNames: ['of'] }, () => series.values()))
      for (const [of, seconds] of list) {
        theirs.observe({ of }, seconds)
        const durations = series.get(of) ?? new Durations({ of }, BOUNDS)
        series.set(of, durations)
        durations.observe(seconds)
      }
      t.strictSame(await ours.metrics(), await registers[0]?.metrics())
    }),
  )
})
