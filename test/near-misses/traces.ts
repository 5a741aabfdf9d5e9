/**
 * Near misses in the configuration of traces.
 *
 * @module
 */

import { traces } from '../../src/config/traces.ts'
import { around, rowsOf } from './row.ts'

const takes = (name: string, read = 'Bearer abc') =>
  traces({ path: path => path, read: () => read }).safeParse({
    url: 'https://collector.example.com/v1/traces',
    headers: [{ name, value: { env: 'TOKEN' } }],
  }).success

export const TRACE_ROWS = rowsOf(
  'config/traces.ts',
  ['x-api_key', around(' '), name => takes(name)],
  ['Bearer abc', around('\n'), value => takes('authorization', value)],
)
