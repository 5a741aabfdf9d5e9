import t from 'tap'
import { RECORD_TYPES, SINK_FORMATS } from '../../src/model/sink.ts'

t.test('a sink takes each type of record, in two formats', async t => {
  const types = [
    'decision',
    'outcome',
    'change',
    'assume',
    'call',
    'read',
    'snapshot',
    'checkpoint',
    'alert',
  ]
  t.strictSame([...RECORD_TYPES], types)
  t.strictSame([...SINK_FORMATS], ['ews-gateway', 'ocsf'])
})
