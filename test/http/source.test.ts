import type { IncomingMessage } from 'node:http'
import t from 'tap'
import { isLoopback, mayConnectInClear, sourceOf } from '../../src/http/source.ts'
import { parseRange } from '../../src/policy/address.ts'

const ranges = (...texts: string[]) => texts.map(parseRange).filter(range => range !== undefined)

/** The parts of a request that identify its source. */
const from = (remoteAddress: string | undefined, headers: object = {}, encrypted = false) =>
  ({
    socket: { remoteAddress, ...(encrypted && { encrypted }) },
    headers,
  }) as unknown as IncomingMessage

const forwarded = (addresses: string, proto?: string) => ({
  'x-forwarded-for': addresses,
  ...(proto !== undefined && { 'x-forwarded-proto': proto }),
})

const PROXIES = ranges('10.0.0.0/8', '::1')

for (const [what, request, source] of [
  ['the peer', from('192.0.2.1'), ['192.0.2.1', false]],
  ['an IPv4-mapped peer as IPv4', from('::ffff:192.0.2.1'), ['192.0.2.1', false]],
  ['a peer without its zone', from('fe80::1%eth0'), ['fe80::1', false]],
  ['that the peer spoke TLS', from('192.0.2.1', {}, true), ['192.0.2.1', true]],
  [
    'no header of a stranger',
    from('192.0.2.1', forwarded('198.51.100.1', 'https')),
    ['192.0.2.1', false],
  ],
  [
    'no malformed header of a stranger',
    from('192.0.2.1', forwarded('x', 'x')),
    ['192.0.2.1', false],
  ],
  [
    'the header of a proxy',
    from('10.0.0.1', forwarded('198.51.100.1', 'https')),
    ['198.51.100.1', true],
  ],
  [
    'the header of an IPv4-mapped proxy',
    from('::ffff:10.0.0.1', forwarded('198.51.100.1')),
    ['198.51.100.1', false],
  ],
  [
    'the last that is no proxy',
    from('10.0.0.1', forwarded('203.0.113.1, 198.51.100.1,10.9.9.9')),
    ['198.51.100.1', false],
  ],
  [
    'an IPv4-mapped address as IPv4',
    from('10.0.0.1', forwarded('::ffff:198.51.100.1')),
    ['198.51.100.1', false],
  ],
  [
    'the first where all are proxies',
    from('10.0.0.1', forwarded('10.0.0.3, 10.0.0.2')),
    ['10.0.0.3', false],
  ],
  ['a proxy that says nothing', from('10.0.0.1'), ['10.0.0.1', false]],
  [
    'TLS to a proxy that says http',
    from('10.0.0.1', forwarded('198.51.100.1', 'http'), true),
    ['198.51.100.1', true],
  ],
  ['no malformed address of a proxy', from('10.0.0.1', forwarded('198.51.100.1, x')), undefined],
  ['no empty address of a proxy', from('10.0.0.1', forwarded('')), undefined],
  [
    'no unknown protocol of a proxy',
    from('10.0.0.1', forwarded('198.51.100.1', 'https, http')),
    undefined,
  ],
  ['nothing of a peer that has gone', from(undefined), ['', false]],
] as const) {
  const found = sourceOf(request, PROXIES)
  t.strictSame(found && [found.address, found.secure], source, `R23 sourceOf() takes ${what}`)
  if (found) {
    const peer = request.socket.remoteAddress ?? ''
    t.equal(found.isProxied, /^(::ffff:)?10[.]0[.]0[.]/.test(peer), `${what}: the peer`)
  }
}

for (const [address, expected] of [
  ['127.0.0.1', true],
  ['127.9.9.9', true],
  ['::1', true],
  ['::ffff:127.0.0.1', true],
  ['128.0.0.1', false],
  ['::2', false],
  ['', false],
] as const)
  t.equal(isLoopback(address), expected, `isLoopback() of ${address} is ${expected}`)

for (const [peer, proxies, expected] of [
  ['192.0.2.1', [], true],
  ['192.0.2.1', ['192.0.2.1'], true],
  ['::ffff:192.0.2.1', ['192.0.2.1'], true],
  ['127.0.0.1', ['192.0.2.1'], true],
  ['192.0.2.2', ['192.0.2.1'], false],
  ['', ['192.0.2.1'], false],
] as const)
  t.equal(
    mayConnectInClear(peer, ranges(...proxies)),
    expected,
    `R22 mayConnectInClear() of ${peer} before ${proxies} is ${expected}`,
  )
