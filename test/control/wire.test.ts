import { connect } from 'node:net'
import t from 'tap'
import { bytesOf } from '../../src/control/wire.ts'
import {
  answeredOf,
  basic,
  type ControlTestServer,
  startControlTestServer,
} from '../kit/control-test-server.ts'
import { until } from '../kit/until.ts'

/** A key ID that no gateway with this master key made. */
const UNKNOWN = { id: 'AKIAAAAAAAAAAAAAAAAA', secret: 'x'.repeat(43) }

const LIST = { 'X-Amz-Target': 'WorkMailService.ListOrganizations' }

t.test('controlListener implements AWS JSON 1.1', async t => {
  const control = await startControlTestServer(t)
  const authorization = { Authorization: basic(control.admin) }
  const send = (body: string | Uint8Array, headers: Record<string, string> = {}) =>
    control.post(body, { ...LIST, ...authorization, ...headers })

  t.test('a response has its content type and a request ID', async t => {
    const { status, headers, body } = await send('{}')
    t.equal(status, 200)
    t.equal(headers.get('content-type'), 'application/x-amz-json-1.1')
    t.equal(headers.get('cache-control'), 'no-store')
    t.match(headers.get('x-amzn-requestid'), /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-/)
    t.match(body, { OrganizationSummaries: [{ Alias: 'example', State: 'Active' }] })
  })

  const bytes = (...values: number[]) => Uint8Array.from(values)
  for (const [what, body, headers, expected] of [
    ['an empty body', '', {}, undefined],
    ['application/json', '{}', { 'Content-Type': 'application/json' }, undefined],
    ['a charset', '{}', { 'Content-Type': 'application/json; charset=UTF-8' }, undefined],
    [
      'another charset',
      '{}',
      { 'Content-Type': 'application/json; charset=utf-16' },
      /^SerializationException: Content-Type must be application\/x-amz-json-1.1$/,
    ],
    [
      'a form',
      'a=b',
      { 'Content-Type': 'application/x-www-form-urlencoded' },
      /^SerializationException: Content-Type/,
    ],
    ['text', '{}', { 'Content-Type': 'text/plain' }, /^SerializationException: Content-Type/],
    ['broken JSON', '{"a":', {}, /^SerializationException: The body is not JSON in UTF-8/],
    [
      'bytes that are not UTF-8',
      bytes(0x7b, 0x22, 0xff, 0x22, 0x7d),
      {},
      /^SerializationException: The body is not JSON in UTF-8/,
    ],
    ['a list', '[]', {}, /^SerializationException: The body must be a JSON object$/],
    ['null', 'null', {}, /^SerializationException: The body must be a JSON object$/],
    ['a number', '7', {}, /^SerializationException: The body must be a JSON object$/],
    [
      'an unknown member',
      '{"Nothing":1}',
      {},
      /^InvalidParameterException: Nothing is an unknown member\. Nothing was changed$/,
    ],
    [
      'a member __proto__',
      '{"__proto__":1}',
      {},
      /^InvalidParameterException: __proto__ is an unknown member\. Nothing was changed$/,
    ],
    [
      'an unknown operation',
      '{}',
      { 'X-Amz-Target': 'WorkMailService.Nothing' },
      /^UnknownOperationException: Unknown operation "WorkMailService.Nothing"$/,
    ],
    [
      'a name of Object.prototype',
      '{}',
      { 'X-Amz-Target': 'toString' },
      /^UnknownOperationException/,
    ],
    [
      'the service of another',
      '{}',
      { 'X-Amz-Target': 'EwsGateway.ListOrganizations' },
      /^UnknownOperationException/,
    ],
  ] as const) {
    const answered = await send(body, headers)
    const said = `${answered.type}: ${answered.message}`
    if (expected === undefined) t.equal(answered.status, 200, `readInput() takes ${what}: ${said}`)
    else t.match([said, answered.status], [expected, 400], `readInput() refuses ${what}`)
  }

  t.test('a missing target is reported', async t => {
    const { type, message } = await control.post('{}', authorization)
    t.match(`${type}: ${message}`, /^UnknownOperationException: X-Amz-Target is missing/)
  })

  t.test('an error does not list the operations', async t => {
    const { type, status } = await control.post('{}', { 'X-Amz-Target': 'WorkMailService.Nothing' })
    t.strictSame([type, status], ['MissingAuthenticationTokenException', 403])
  })

  t.test('readBody() accepts at most 1 MiB', async t => {
    const ofSize = (size: number) => `{${' '.repeat(size - 2)}}`
    const largest = await send(ofSize(1_048_576))
    t.equal(largest.status, 200)
    const larger = await send(ofSize(1_048_577))
    t.strictSame([larger.status, larger.type], [413, 'RequestEntityTooLargeException'])
    for (const [type, headers] of [
      ['RequestEntityTooLargeException', authorization],
      ['MissingAuthenticationTokenException', {}],
      ['UnrecognizedClientException', { Authorization: basic(UNKNOWN) }],
    ] as const) {
      const chunked = await fetch(control.url, {
        method: 'POST',
        headers,
        body: new Blob([ofSize(1_048_577)]).stream(),
        duplex: 'half',
      } as RequestInit)
      t.equal(
        (await answeredOf(chunked)).type,
        type,
        'R33 a body is read only if its caller is known',
      )
    }
    // Connections were closed, and their client may notice only with its next requests.
    await until('a request over a new connection', async () => (await send('{}')).status === 200)
  })

  for (const [method, path] of [
    ['GET', '/'],
    ['PUT', '/'],
    ['POST', '/elsewhere'],
    ['GET', '/consoles'],
  ] as const) {
    const response = await fetch(`${control.url}${path}`, { method, headers: LIST })
    t.equal(response.status, 404, `controlListener has nothing at ${method} ${path}`)
    t.ok(response.headers.get('x-amzn-requestid'))
  }

  t.test('a query is rejected', async t => {
    const headers = { ...LIST, ...authorization, 'Content-Type': 'application/json' }
    const response = await fetch(`${control.url}/?a=b`, { method: 'POST', headers, body: '{}' })
    t.equal((await answeredOf(response)).type, 'IncompleteSignatureException')
  })

  t.test('R20 a repeated header is rejected', async t => {
    const head = ['POST / HTTP/1.1', 'Host: a', 'Content-Length: 2', 'Connection: close']
    const twice = [
      `X-Amz-Target: ${LIST['X-Amz-Target']}`,
      'X-Amz-Target: WorkMailService.ListUsers',
    ]
    const text = await raw(control, [
      ...head,
      ...twice,
      `Authorization: ${authorization.Authorization}`,
    ])
    t.match(text, /IncompleteSignatureException.*x-amz-target appears more than once/s)
  })

  t.test('a client that leaves in the middle of its body leaves nothing behind', async t => {
    const socket = connect(Number(new URL(control.url).port), '127.0.0.1')
    socket.end('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n{')
    await new Promise(resolve => socket.on('close', resolve).resume())
    t.equal((await send('{}')).status, 200)
    t.equal(control.log(), '')
  })
})

t.test('R33 bytesOf() does not copy what responses share', async t => {
  const body = Buffer.from('a file')
  t.equal(bytesOf({ status: 200, body, isShared: true }), body)
  t.equal(bytesOf({ status: 200, body: 'é' }).length, 2)
})

function raw(control: ControlTestServer, lines: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(control.url).port), '127.0.0.1')
    let text = ''
    socket.setEncoding('utf8').on('data', chunk => {
      text += chunk
    })
    socket.on('error', reject).on('close', () => resolve(text))
    socket.write(`${lines.join('\r\n')}\r\n\r\n{}`)
  })
}
