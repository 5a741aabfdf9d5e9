/**
 * Near misses of the regular expressions of `src/audit/`.
 *
 * @module
 */

import { segmentsIn } from '../../src/audit/segments.ts'
import { around, rowsOf } from './row.ts'

export const AUDIT_ROWS = rowsOf('audit/segments.ts', [
  '20261127T175803Z-1a2b3c4d-000001.jsonl',
  around('x'),
  name => segmentsIn([name]).length > 0,
])
