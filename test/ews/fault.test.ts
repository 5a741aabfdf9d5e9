import { readdirSync, readFileSync } from 'node:fs'
import { XMLValidator } from 'fast-xml-parser'
import t from 'tap'
import { responseCodeOf, writeFault } from '../../src/ews/fault.ts'
import { REASONS } from '../../src/model/decision.ts'

const FOLDER = new URL('../../fixtures/faults/', import.meta.url)
const decisionId = '01a21023-e5e8-7685-8afd-066a21f1daf9'
const serverVersion = {
  majorVersion: 15,
  minorVersion: 2,
  majorBuildNumber: 1544,
  minorBuildNumber: 9,
  version: 'V2017_07_11',
}
const hostile = `a<b>&"c"'${'x'.repeat(1_000)}`

t.test('writeFault() writes every reason as its golden file says', async t => {
  t.strictSame(
    readdirSync(FOLDER).sort(),
    REASONS.map(reason => `${reason}.xml`).sort(),
    'a file for each reason, and none more',
  )
  for (const reason of REASONS) {
    const golden = readFileSync(new URL(`${reason}.xml`, FOLDER), 'utf8')
    const busy = responseCodeOf(reason) === 'ErrorServerBusy'
    const fault = writeFault({
      reason,
      decisionId,
      message: 'Words of its own.',
      ...(busy && { backOffMs: 30_000 }),
    })
    t.equal(fault, golden.trimEnd(), reason)
  }
})

for (const reason of REASONS) {
  const fault = writeFault({ reason, decisionId, message: hostile, serverVersion, backOffMs: 1 })
  t.ok(fault.startsWith('<?xml version="1.0"'), `writeFault() of ${reason} begins at byte 0`)
  t.equal(XMLValidator.validate(fault), true, `writeFault() of ${reason} is well-formed`)
  t.notMatch(fault, 'a<b>', `writeFault() of ${reason} escapes what a client sent`)
  t.match(fault, `>${decisionId}<`, `P7 writeFault() of ${reason} carries the decision's id`)
  t.match(fault, 'Version="V2017_07_11"', `writeFault() of ${reason} tells the server's version`)
}

const wordsOf = (fault: string) => /<faultstring[^>]*>([^<]*)</.exec(fault)?.[1]
const denied = REASONS.filter(reason => responseCodeOf(reason) === 'ErrorImpersonateUserDenied')
const explained = new Set(['role-locked', 'role-ambiguous'])
for (const reason of denied.filter(reason => !explained.has(reason)))
  t.equal(
    wordsOf(writeFault({ reason, decisionId, message: 'No such user' })),
    'The account does not have permission to impersonate the requested user.',
    `R2 writeFault() has the same words for ${reason} as for any other`,
  )

for (const reason of REASONS.filter(reason => responseCodeOf(reason) === 'ErrorServerBusy'))
  t.equal(
    wordsOf(writeFault({ reason, decisionId, message: 'ECONNREFUSED 10.0.0.1', backOffMs: 1 })),
    'The server cannot service this request right now. Try again later.',
    `writeFault() of ${reason} has the words that clients compare`,
  )

t.equal(
  wordsOf(writeFault({ reason: 'role-locked', decisionId, message: 'x'.repeat(1_000) }))?.length,
  'The account does not have permission to impersonate the requested user. '.length + 256,
  'R2 writeFault() cuts the message of a lock',
)
