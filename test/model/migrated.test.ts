import t from 'tap'
import { describeMigrated } from '../../src/model/migrated.ts'

t.equal(
  describeMigrated({ database: 'store', migrations: ['0001-a', '0002-b'], tookMs: 7 }),
  'Migrated the store in 7 ms: 0001-a, 0002-b',
  'describeMigrated() names database, time, and migrations',
)
