import t from 'tap'
import { after } from '../../src/model/maybe-promise.ts'

const double = (value: number) => value * 2

t.equal(after(2, double), 4, 'after() calls the function at once with a value')
t.test('after() calls the function once a promise has resolved', async t => {
  const result = after(Promise.resolve(2), double)
  t.ok(result instanceof Promise)
  t.equal(await result, 4)
  await t.rejects(async () => after(Promise.reject(new Error('x')), double), { message: 'x' })
})
