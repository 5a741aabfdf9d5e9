/**
 * The gateway's own responses, as a response that collects them.
 */

import type { ServerResponse } from 'node:http'
import t from 'tap'
import type { Messages } from '../../src/ews/response-error.ts'
import { type Refusal, Reply } from '../../src/gateway/reply.ts'
import type { FaultAnswer } from '../../src/model/failure-table.ts'
import type { Scheme } from '../../src/model/sign-in.ts'

const DENIED: FaultAnswer = {
  code: 'ErrorAccessDenied',
  backOffMs: undefined,
  mayHaveRun: false,
}
const REFUSAL: Refusal = { reason: 'rule-denies', answer: DENIED }
const MESSAGES: Messages = { shape: { operation: 'DeleteItem' }, count: 2 }
const ALL: readonly Scheme[] = ['NTLM', 'Bearer', 'Basic']
const BASIC = 'Basic realm="EWS", charset="UTF-8"'
const XML = ['Content-Type', 'text/xml; charset=utf-8']
const JSON_HEAD = ['Content-Type', 'application/json', 'Cache-Control', 'no-store']

/** Returns the head and the body of one response. */
async function written(
  write: (reply: Reply) => unknown,
  request: object = { complete: true },
  schemes = ALL,
) {
  const chunks: Buffer[] = []
  let head: unknown[] = []
  let ended = 0
  const response = {
    req: request,
    writeHead: (...parts: unknown[]) => {
      head = parts
    },
    write: (chunk: Uint8Array) => chunks.push(Buffer.from(chunk)),
    end: (body: string | Uint8Array) => {
      chunks.push(Buffer.from(body as string))
      ended += 1
      close()
    },
    once: (_: 'close', listener: () => void) => {
      close = listener
      return response
    },
    on: () => response,
    off: () => response,
    setTimeout: () => response,
  }
  let close = () => {}
  const reply = new Reply(response as unknown as ServerResponse, 'd-1', schemes)
  const fresh = [reply.responseBytes, reply.responseCode]
  await write(reply)
  const [status, headers] = head as [number, string[]]
  const text = Buffer.concat(chunks).toString()
  return { status, headers, text, fresh, reply, ended }
}

t.test('Reply writes each response with its length and the decision ID', async t => {
  const challenges = (...values: readonly string[]) =>
    values.flatMap(value => ['WWW-Authenticate', value])
  const large = 'ü'.repeat(40_000)
  for (const [what, write, status, headers, body] of [
    ['401', reply => reply.unauthorized('none'), 401, challenges('NTLM', 'Bearer', BASIC), /^$/],
    [
      '401 for a token',
      reply => reply.unauthorized('invalid'),
      401,
      challenges('NTLM', 'Bearer error="invalid_token"', BASIC),
      /^$/,
    ],
    ['an exchange', reply => reply.continue('NTLM', 'TlRM'), 401, challenges('NTLM TlRM'), /^$/],
    ['a fault', reply => reply.fault(REFUSAL), 500, XML, /Fault.*ErrorAccessDenied.*>d-1</],
    [
      'messages',
      reply => reply.responseError(REFUSAL, MESSAGES),
      200,
      XML,
      /(<m:DeleteItemResponseMessage .*ErrorAccessDenied.*){2}/,
    ],
    ['JSON', reply => reply.json(200, { a: 'ü' }), 200, JSON_HEAD, /^\{"a":"ü"\}$/],
    [
      'JSON for a client without credentials',
      reply => reply.json(401, {}),
      401,
      [...JSON_HEAD, ...challenges(BASIC)],
      /^\{\}$/,
    ],
    [
      'JSON for a later time',
      reply => reply.json(503, {}, 0),
      503,
      [...JSON_HEAD, 'Retry-After', '0'],
      /^\{\}$/,
    ],
    [
      'text',
      reply => reply.text(404, 'Ü'),
      404,
      ['Content-Type', 'text/plain; charset=utf-8'],
      /^Ü$/,
    ],
    [
      'a page',
      reply => reply.text(200, '<p>', 'text/html'),
      200,
      ['Content-Type', 'text/html'],
      /p/,
    ],
    [
      'a file',
      reply => reply.bytesOf(Buffer.from(large), 'text/xml'),
      200,
      ['Content-Type', 'text/xml'],
      /^(ü{100}){400}$/,
    ],
  ] as readonly (readonly [string, (reply: Reply) => unknown, number, string[], RegExp])[]) {
    const answer = await written(write)
    const length = Buffer.byteLength(answer.text)
    const last = ['Content-Length', String(length), 'X-Decision-Id', 'd-1']
    t.strictSame([answer.status, answer.headers], [status, [...headers, ...last]], what)
    t.match(answer.text, body, what)
    t.strictSame([answer.fresh, answer.ended], [[0, undefined], 1], what)
    t.equal(answer.reply.responseBytes, length, what)
    const code = /fault|messages/.test(what) ? 'ErrorAccessDenied' : undefined
    t.equal(answer.reply.responseCode, code, what)
  }
})

t.test('Reply offers only the schemes of the host', async t => {
  const { headers } = await written(reply => reply.unauthorized('none'), undefined, ['Bearer'])
  t.strictSame(headers.slice(0, -4), ['WWW-Authenticate', 'Bearer'])
})

t.test('Reply keeps a connection open on which a body still arrives', async t => {
  const destroySoon = () => t.fail('the connection was closed')
  for (const [complete, isHeld] of [
    [true, false],
    [false, true],
  ]) {
    const socket = { destroySoon }
    const request = { complete, socket, httpVersionMinor: 1, headers: { connection: 'close' } }
    await written(reply => reply.text(404, ''), request)
    t.equal(socket.destroySoon !== destroySoon, isHeld, `complete: ${complete}`)
  }
})

t.test(
  'Reply.fault() has the message and the version of the upstream if they are known',
  async t => {
    const serverVersion = {
      ...{ majorVersion: 15, minorVersion: 2, majorBuildNumber: 1, minorBuildNumber: 0 },
      version: 'V2017_07_11',
    }
    const faultOf = async (parts: Partial<Refusal>) =>
      (await written(reply => reply.fault({ ...REFUSAL, ...parts }))).text
    t.match(
      await faultOf({ serverVersion }),
      /<h:ServerVersionInfo [^>]*MajorVersion="15" MinorVersion="2"/,
    )
    t.match(await faultOf({ reason: 'role-locked', message: 'Closed' }), /Closed</)
    const bare = await faultOf({})
    t.notMatch(bare, 'ServerVersionInfo')
    t.notMatch(bare, 'undefined')
  },
)
