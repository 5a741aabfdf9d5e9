import { readdirSync, readFileSync } from 'node:fs'
import { XMLValidator } from 'fast-xml-parser'
import t from 'tap'
import { writeFault } from '../../src/ews/fault.ts'
import { REASONS, type Reason } from '../../src/model/decision.ts'
import { faultAnswer, REASON_ROWS } from '../../src/model/failure-table.ts'

const FOLDER = new URL('../../fixtures/faults/', import.meta.url)
const decisionId = '01a21023-e5e8-7685-8afd-066a21f1daf9'
const serverVersion = {
  majorVersion: 15,
  minorVersion: 2,
  majorBuildNumber: 1544,
  minorBuildNumber: 9,
  version: 'V2017_07_11',
}
const answerTo = (reason: Reason) => faultAnswer({ reason, backOffMs: 30_000 }, true)
const codeOf = (reason: Reason) => REASON_ROWS[reason].code
const hostile = `a<b>&"c"'${'x'.repeat(1_000)}`

t.test('writeFault() writes every reason as its golden file says', async t => {
  t.strictSame(
    readdirSync(FOLDER).sort(),
    REASONS.map(reason => `${reason}.xml`).sort(),
    'a file for each reason, and none more',
  )
  for (const reason of REASONS) {
    const golden = readFileSync(new URL(`${reason}.xml`, FOLDER), 'utf8')
    const fault = writeFault({
      reason,
      answer: answerTo(reason),
      decisionId,
      message: 'Words of its own.',
    })
    t.equal(fault, golden.trimEnd(), reason)
  }
})

for (const reason of REASONS) {
  const answer = answerTo(reason)
  const fault = writeFault({ reason, answer, decisionId, message: hostile, serverVersion })
  t.ok(fault.startsWith('<?xml version="1.0"'), `writeFault() of ${reason} begins at byte 0`)
  t.equal(XMLValidator.validate(fault), true, `writeFault() of ${reason} is well-formed`)
  t.notMatch(fault, 'a<b>', `writeFault() of ${reason} escapes what a client sent`)
  t.match(fault, `>${decisionId}<`, `P7 writeFault() of ${reason} carries the decision's id`)
  t.match(fault, 'Version="V2017_07_11"', `writeFault() of ${reason} tells the server's version`)
}

const wordsOf = (fault: string) => /<faultstring[^>]*>([^<]*)</.exec(fault)?.[1]
const denied = REASONS.filter(reason => codeOf(reason) === 'ErrorImpersonateUserDenied')
const explained = new Set(['role-locked', 'role-ambiguous'])
for (const reason of denied.filter(reason => !explained.has(reason)))
  t.equal(
    wordsOf(writeFault({ reason, answer: answerTo(reason), decisionId, message: 'No such user' })),
    'The account does not have permission to impersonate the requested user.',
    `R2 writeFault() has the same words for ${reason} as for any other`,
  )

for (const reason of REASONS.filter(reason => codeOf(reason) === 'ErrorServerBusy'))
  t.equal(
    wordsOf(
      writeFault({
        reason,
        answer: answerTo(reason),
        decisionId,
        message: 'ECONNREFUSED 10.0.0.1',
      }),
    ),
    'The server cannot service this request right now. Try again later.',
    `writeFault() of ${reason} has the words that clients compare`,
  )

t.equal(
  wordsOf(
    writeFault({
      reason: 'role-locked',
      answer: answerTo('role-locked'),
      decisionId,
      message: 'x'.repeat(1_000),
    }),
  )?.length,
  'The account does not have permission to impersonate the requested user. '.length + 256,
  'R2 writeFault() cuts the message of a lock',
)

t.equal(
  wordsOf(
    writeFault({
      reason: 'upstream-unreachable',
      answer: faultAnswer({ reason: 'upstream-unreachable', reach: 'sent-unknown' }, false),
      decisionId,
    }),
  ),
  'The request timed out. The server may have carried out the operation. Check the result before you send it again.',
  'writeFault() says that a write may have run',
)
