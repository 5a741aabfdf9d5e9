/**
 * Hides complete requests after an end that only one side may recognize.
 *
 * @module
 */

import { bytes, type Case, type CaseOptions, chunked, HEX, hidden, LENGTH } from './http-cases.ts'
import { headOf, ORDINARY } from './requests.ts'

export function hidingCases(options: CaseOptions): Case[] {
  const { authorization } = options
  const second = hidden(options)
  const before = (name: string, head: string, body: string, most = 0): Case => ({
    name: `hidden: ${name}`,
    bytes: bytes(head + body + second),
    most,
  })
  const te = (value: string, length: number | null, ...more: string[]) =>
    headOf('', { authorization, length, headers: [...more, `Transfer-Encoding: ${value}`] })
  const whole = chunked(ORDINARY)
  const all = whole.length + second.length
  return [
    before('CL.TE', te('chunked', all), whole),
    before('TE.CL', te('chunked', whole.length), whole),
    before('TE.CL, a size as length', te('chunked', HEX.length + 2), whole),
    before('CL.TE, closing', te('chunked', all, 'Connection: close'), whole),
    before('CL.0', te('chunked', all), '0\r\n\r\n'),
    before('TE.TE', te('chunked', all, 'Transfer-Encoding: x'), whole),
    before(
      'CL.CL',
      headOf('', { authorization, length: LENGTH, headers: [`Content-Length: ${all}`] }),
      ORDINARY,
    ),
    before(
      'a length that is too short',
      headOf('', { authorization, length: LENGTH - 9 }),
      ORDINARY,
    ),
    before('0.CL', headOf('', { authorization, length: 0 }), ORDINARY),
    before(
      'Expect and CL',
      headOf('', { authorization, length: all, headers: ['Expect: 100-continue'] }),
      ORDINARY,
    ),
    ...['GET', 'HEAD', 'OPTIONS', 'DELETE', 'CONNECT', 'TRACE'].map(method =>
      before(
        `in the body of ${method}`,
        headOf('', {
          authorization,
          line: `${method} /EWS/Exchange.asmx HTTP/1.1`,
          length: second.length,
        }),
        '',
      ),
    ),
    before(
      'in a body of no known path',
      headOf('', { authorization, line: 'POST /x HTTP/1.1', length: second.length }),
      '',
    ),
    before('in a body without credentials', headOf('', { length: second.length }), ''),
    before(
      'Upgrade',
      headOf('', { authorization, length: 0, headers: ['Connection: Upgrade', 'Upgrade: h2c'] }),
      '',
    ),
    before('in a header', `${headOf('', { authorization, length: 0 }).slice(0, -4)}\r\nX: a\r`, ''),
    before(
      'behind LF LF',
      `${headOf('', { authorization, length: LENGTH }).slice(0, -4)}\n\n`,
      ORDINARY,
    ),
  ]
}
