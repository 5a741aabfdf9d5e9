import t from 'tap'
import { collectGarbage } from '../src/collect-garbage.ts'

t.test('collectGarbage() collects what nobody holds, and lets go of the inspector', async t => {
  const [kept, lost] = [{}, new WeakRef({})]
  const held = new WeakRef(kept)
  // What a job has looked at lives as long as the job.
  await new Promise(resolve => setImmediate(resolve))
  await collectGarbage()
  await collectGarbage()
  t.equal(lost.deref(), undefined)
  t.equal(held.deref(), kept)
})
