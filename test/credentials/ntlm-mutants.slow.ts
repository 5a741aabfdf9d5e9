/** Many mutants, with another seed if TEST_SEED is set. */

import t from 'tap'
import { tryMutants } from './ntlm-mutants.ts'

t.test('NtlmScheme accepts none of 40,000 mutants of a proof', t => tryMutants(t, 40_000))
