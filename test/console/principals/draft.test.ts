import t from 'tap'
import { NEW_PRINCIPAL, problemsOf } from '../../../src/console/principals/draft.ts'

const SHAPE = /^Enter a policy as a JSON object with the members Version and Statement\.$/
for (const [json, problem] of [
  [' ', SHAPE],
  ['[]', SHAPE],
  ['{ "Version": \'2012-10-17\' }', /^Correct the policy, which is not valid JSON: .*'.*2012.*\.$/],
  ['{ "Statement": [', /^Correct the policy, which is not valid JSON: .*end.*\.$/],
] as const)
  t.match(problemsOf({ ...NEW_PRINCIPAL, name: 'a', tab: 'JSON', json })['json'], problem, json)
t.equal(
  problemsOf({ ...NEW_PRINCIPAL, name: 'a', tab: 'JSON', json: '{ "Statement": [] }' })['json'],
  undefined,
)
