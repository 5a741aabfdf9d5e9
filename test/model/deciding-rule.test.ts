import t from 'tap'
import { accessControlName, decidingRule, NO_RULE } from '../../src/model/deciding-rule.ts'

for (const [verdict, reason, matchedRules, rule] of [
  ['allow', undefined, ['first', 'second'], 'first'],
  ['allow', undefined, undefined, NO_RULE],
  ['allow', undefined, [], NO_RULE],
  ['deny', 'rule-denies', ['first', 'second'], 'first'],
  ['deny', 'access-control-denies', ['office', 'home'], 'access-control:office'],
  ['deny', 'access-control-denies', [], NO_RULE],
  ['deny', 'role-locked', ['first'], NO_RULE],
  ['deny', 'no-rule-allows', [], NO_RULE],
] as const) {
  const matched = matchedRules?.join() ?? 'nothing'
  const title = `decidingRule() of ${verdict} ${reason ?? ''} by ${matched} is ${rule}`
  t.equal(decidingRule({ verdict, reason, matchedRules }), rule, title)
}
t.equal(NO_RULE, '(none)', 'the value that stored series have')

t.equal(accessControlName('access-control:office:1'), 'office:1')
t.equal(accessControlName('office'), undefined, 'an impersonation rule has no such name')
