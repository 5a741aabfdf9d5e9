/**
 * Checks that every form of Autodiscover reads one address or throws a Failure, for any input.
 */

import fc from 'fast-check'
import t from 'tap'
import type { Form } from '../../../src/ews/autodiscover/autodiscover.ts'
import { JSON_FORM } from '../../../src/ews/autodiscover/json.ts'
import { POX } from '../../../src/ews/autodiscover/pox.ts'
import { SOAP } from '../../../src/ews/autodiscover/soap.ts'
import { Failure } from '../../../src/model/failure.ts'
import { runs } from '../../kit/runs.ts'

const BASE = 'http://schemas.microsoft.com/exchange/autodiscover'
const DOCUMENTS: readonly (readonly [Form, string])[] = [
  [
    POX,
    `<Autodiscover xmlns="${BASE}/outlook/requestschema/2006"><Request><EMailAddress>alice@example.com` +
      '</EMailAddress></Request></Autodiscover>',
  ],
  [
    SOAP,
    '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" ' +
      'xmlns:a="http://schemas.microsoft.com/exchange/2010/Autodiscover"><s:Body>' +
      '<a:GetUserSettingsRequestMessage><a:Request><a:Users><a:User><a:Mailbox>alice@example.com</a:Mailbox>' +
      '</a:User></a:Users></a:Request></a:GetUserSettingsRequestMessage></s:Body></s:Envelope>',
  ],
]
/** Texts to insert into a document. */
const INSERTIONS = [
  '<',
  '&',
  '&#64;',
  '&#x0;',
  '&e;',
  '<!-- -->',
  '<![CDATA[x]]>',
  '<?x?>',
  '<!DOCTYPE a>',
  '<__proto__/>',
  '<constructor>x</constructor>',
  '<toString/>',
  '<Mailbox>bob@example.com</Mailbox>',
  '<EMailAddress>bob@example.com</EMailAddress>',
  '<a>'.repeat(20),
  '\ufeff',
  '\u0000',
  'é',
]

/** Reads a document. Returns the address, or the reason of the failure. */
function outcomeOf(form: Form, document: string, url = ''): string {
  try {
    return form.read(Buffer.from(document), url).address
  } catch (error) {
    if (error instanceof Failure) return error.reason
    throw error
  }
}

// fc.webUrl() takes a second of CPU for a table of all code points.
const urlText = fc.string({ unit: fc.constantFrom(...'/?&=%@.:#;+aZ09é') })

t.test('a form reads its document, and invents no value for a broken one', async t => {
  for (const [form, document] of DOCUMENTS) {
    t.equal(outcomeOf(form, document), 'alice@example.com')
    for (const insertion of ['<__proto__/>', '<constructor>x</constructor>'])
      t.match(
        outcomeOf(form, document.replace(/(?=<\/[^>]*(Request|EMailAddress)>)/, insertion)),
        /^(envelope-malformed|alice@example\.com)$/,
        insertion,
      )
    const { failed, counterexample } = fc.check(
      fc.property(
        fc.nat(document.length),
        fc.constantFrom(...INSERTIONS),
        fc.nat(8),
        (at, insertion, cut) => {
          const broken = document.slice(0, at) + insertion + document.slice(at + cut)
          const outcome = outcomeOf(form, broken)
          return /^(envelope-malformed|encoding-refused)$/.test(outcome) || !/[<>]/.test(outcome)
        },
      ),
      { numRuns: runs(125) },
    )
    t.notOk(failed, `no other error: ${counterexample}`)
  }
  const { failed, counterexample } = fc.check(
    fc.property(urlText, fc.string(), (rest, text) => {
      outcomeOf(JSON_FORM, '', `https://mail.example.com/${rest}`)
      outcomeOf(
        JSON_FORM,
        '',
        `/autodiscover/autodiscover.json/v1.0/${text}?Protocol=Ews&Email=${text}`,
      )
      return true
    }),
    { numRuns: runs(50) },
  )
  t.notOk(failed, `no other error: ${counterexample}`)
})
