import { readdirSync } from 'node:fs'
import t from 'tap'
import { connectionsWithin, openFiles } from '../../src/app/open-files.ts'

t.test('connectionsWithin() leaves files for everything else', t => {
  for (const [limit, open, connections] of [
    [Number.POSITIVE_INFINITY, 0, 4096],
    [1_048_576, 40, 4096],
    [12_428, 40, 4096],
    [12_427, 40, 4095],
    [1_024, 40, 294],
    [64, 33, 5],
    [32, 33, 1],
  ] as const)
    t.equal(connectionsWithin(4096, { limit, open }), connections, `${open} of ${limit} are open`)
  t.equal(connectionsWithin(10, { limit: 1_024, open: 40 }), 10, 'or as many as are configured')
  t.end()
})

t.test('openFiles() returns the counts that Linux reports', t => {
  const { limit, open } = openFiles()
  t.ok(limit > open, `${open} of ${limit}`)
  t.ok(Math.abs(open - readdirSync('/proc/self/fd').length) <= 2)
  t.end()
})
