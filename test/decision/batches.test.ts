import t from 'tap'
import { batchesOf } from '../../src/decision/batches.ts'

for (const [count, sizes] of [
  [0, []],
  [1, [1]],
  [10, [10]],
  [11, [10, 1]],
  [110, [10, 100]],
  [510, [10, 100, 400]],
  [911, [10, 100, 400, 400, 1]],
] as const) {
  const values = Array.from({ length: count }, (_, i) => i)
  const batches = [...batchesOf(values)]
  t.strictSame(
    batches.map(({ length }) => length),
    sizes,
    `batchesOf() of ${count} values`,
  )
  t.strictSame(batches.flat(), values)
}
