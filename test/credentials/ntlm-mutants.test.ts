import t from 'tap'
import { tryMutants } from './ntlm-mutants.ts'

t.test('NtlmScheme accepts no mutant of a proof', t => tryMutants(t, 300))
