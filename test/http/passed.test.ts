import t from 'tap'
import { Passed } from '../../src/http/passed.ts'

t.test('what is young is collected for each 8 MiB that passed', async t => {
  let collected = 0
  const passed = new Passed(() => {
    collected += 1
  })
  for (let i = 0; i < 127; i += 1) passed.note(65_536)
  t.equal(collected, 0)
  passed.note(65_536)
  t.equal(collected, 1)
  for (let i = 0; i < 128; i += 1) passed.note(65_536)
  t.equal(collected, 2)
})
