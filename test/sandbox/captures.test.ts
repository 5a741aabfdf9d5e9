/**
 * Sends requests of real clients to the sandbox. Every request must get a well-formed response. The only
 * errors are about IDs that the captures invented.
 */

import { readdirSync, readFileSync } from 'node:fs'
import { XMLValidator } from 'fast-xml-parser'
import t from 'tap'
import { Sandbox } from '../../sandbox/sandbox.ts'
import { ResponseStarts } from '../../src/upstream/response-start.ts'

const FOLDER = 'fixtures/captures'
const [USERNAME, PASSWORD] = ['svc@example.com', 'pw:é']
/** IDs that the captures invented */
const INVENTED = /"(ITM|AID|CK)-?1"|SUB-1/
const INVENTED_CODES =
  /Error(InvalidIdMalformed|InvalidAttachmentId|SubscriptionNotFound|IrresolvableConflict)/
/** Requests that the sandbox doesn't support. */
const UNSUPPORTED = /-MarkAsJunk-/
/** ews-javascript-api leaves escaping to its caller: what was not escaped is no XML. */
const ILL_FORMED = /(009-FindItem|013-CreateItem|014-CreateItem|015-CreateItem|055-CreateItem)-/
const NO_RESULT = /ErrorNameResolutionNoResults/

const captures = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' })
  .filter(name => name.endsWith('.http'))
  .sort()

t.test('Sandbox answers captured requests', async t => {
  const user = {
    primarySmtpAddress: 'user@example.com',
    aliases: ['alias@example.com'],
    principalName: 'user@corp.example.com',
    sid: 'S-1-5-21-1111111111-2222222222-3333333333-1104',
  }
  const bob = { primarySmtpAddress: 'bob@example.com', aliases: [], sid: 'S-1-5-21-1-2-3-1104' }
  const sandbox = await Sandbox.start({
    username: USERNAME,
    password: PASSWORD,
    users: [user, bob],
    serviceAddress: 'svc@example.com',
    delegations: [{ owner: 'user@example.com', delegate: 'svc@example.com' }],
    schedule: run => {
      const timer = setImmediate(run)
      return () => clearImmediate(timer)
    },
  })
  t.teardown(() => sandbox.close())

  for (const name of captures) {
    const raw = readFileSync(`${FOLDER}/${name}`)
    const end = raw.indexOf('\r\n\r\n')
    const [line = ''] = raw.toString('utf8', 0, end).split('\r\n')
    const [method = '', path = ''] = line.split(' ')
    const body = raw.subarray(end + 4)
    const response = await fetch(new URL(path, sandbox.url), {
      method,
      headers: {
        authorization: `Basic ${Buffer.from(`${USERNAME}:${PASSWORD}`).toString('base64')}`,
        'content-type': 'text/xml; charset=utf-8',
      },
      ...(method === 'POST' ? { body } : {}),
    })
    const text = await response.text()
    if (UNSUPPORTED.test(name) || ILL_FORMED.test(name)) {
      t.equal(response.status, 500, `${name} is refused`)
      t.match(text, 'ErrorInvalidRequest', `${name} is an invalid request`)
      continue
    }
    t.equal(response.status, 200, name)
    t.equal(XMLValidator.validate(text), true, `${name} is answered in well-formed XML`)
    const codes = [...text.matchAll(/<m:ResponseCode>(\w+)</g)].map(([, code = '']) => code)
    const start = new ResponseStarts().follow(false)
    start.look(Buffer.from(text))
    t.equal(start.code, codes[0], `the first code of ${name} is read as it passes`)
    const unexpected = codes.filter(
      code =>
        code !== 'NoError' &&
        !(INVENTED.test(body.toString()) && INVENTED_CODES.test(code)) &&
        !(/ResolveNames/.test(name) && NO_RESULT.test(code)),
    )
    t.strictSame(unexpected, [], `${name} gets no error`)
  }
})
