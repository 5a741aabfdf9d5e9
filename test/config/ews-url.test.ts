/**
 * Tests the EWS URL for tools with real certificates.
 */

import { readFileSync } from 'node:fs'
import t from 'tap'
import { ewsUrlOf, type Machine } from '../../src/config/ews-url.ts'
import { Secret } from '../../src/model/secret.ts'

const PATH = '/EWS/Exchange.asmx'
const MACHINE = {
  hostname: 'gw1.example.com',
  addresses: ['127.0.0.1', '::1', '192.0.2.7', '2001:db8::7'],
}
const [EVERYWHERE, LOOPBACK] = ['0.0.0.0', '127.0.0.1']

type Place = Partial<Machine & { port: number }>

const url = (host: string, more: object, { port = 8443, ...machine }: Place = {}) => {
  const data = { host, port }
  const listen = { data, control: data, ops: data, shareData: false }
  return ewsUrlOf({ listen, tlsTerminatedBy: [], ...more }, port, { ...MACHINE, ...machine })
}

for (const [what, host, more, expected] of [
  ['publicUrl', EVERYWHERE, { publicUrl: 'https://ews.example' }, 'https://ews.example'],
  [
    'publicUrl before a proxy',
    LOOPBACK,
    { publicUrl: 'https://a.example', tlsTerminatedBy: ['10.0.0.7'] },
    'https://a.example',
  ],
  ['the listener on loopback', LOOPBACK, {}, 'http://127.0.0.1:8443'],
  ['the listener on IPv6 loopback', '::1', {}, 'http://[::1]:8443'],
  ['unknown behind a proxy that ends TLS', LOOPBACK, { tlsTerminatedBy: ['127.0.0.1'] }, undefined],
  [
    'unknown behind a proxy on another machine',
    EVERYWHERE,
    { tlsTerminatedBy: ['10.0.0.7'] },
    undefined,
  ],
] as const) {
  const found = expected && `${expected}${PATH}`
  t.equal(url(host, more), found, `ewsUrlOf() is ${what}`)
}

/** Subject alternative names of a certificate, and the host in the URL: of the listener, or of the machine. */
const CERTIFICATES = [
  [
    'this machine’s name',
    'DNS:mail.example.com,DNS:gw1.example.com',
    EVERYWHERE,
    'gw1.example.com',
  ],
  [
    'this machine’s name by a wildcard',
    'DNS:mail.example.net,DNS:*.example.com',
    EVERYWHERE,
    'gw1.example.com',
  ],
  ['the first name', 'DNS:mail.example.net,DNS:ews.example.net', EVERYWHERE, 'mail.example.net'],
  ['a name in upper case', 'DNS:MAIL.Example.Net', EVERYWHERE, 'mail.example.net'],
  [
    'the name that the listener has',
    'DNS:mail.example.com,DNS:ews.example.com',
    'ews.example.com',
    'ews.example.com',
  ],
  ['no wildcard of another domain', 'DNS:*.example.net', EVERYWHERE, undefined],
  ['no wildcard for two labels', 'DNS:*.com', EVERYWHERE, undefined],
  [
    'a name rather than an address',
    'IP:192.0.2.7,DNS:mail.example.net',
    '192.0.2.7',
    'mail.example.net',
  ],
  ['an address of the listener', 'IP:192.0.2.9,IP:192.0.2.7', '192.0.2.7', '192.0.2.7'],
  ['an IPv6 address of the listener', 'IP:2001:db8::7', '2001:db8::7', '[2001:db8::7]'],
  ['an address of this machine', 'IP:127.0.0.1,IP:192.0.2.7', EVERYWHERE, '192.0.2.7'],
  ['no address of another machine', 'IP:192.0.2.9', EVERYWHERE, undefined],
  ['no loopback address for other machines', 'IP:127.0.0.1', EVERYWHERE, undefined],
  ['a loopback address', 'IP:127.0.0.1', LOOPBACK, '127.0.0.1'],
  ['localhost on loopback', 'DNS:mail.example.net,DNS:localhost', LOOPBACK, 'localhost'],
  ['no localhost for other machines', 'DNS:localhost', EVERYWHERE, undefined],
  ['no address that the certificate lacks', 'email:a@example.com', LOOPBACK, undefined],
] as const

const file = new URL('../../fixtures/certificates/alternative-names.pem', import.meta.url)
const certificates = new Map(
  [...readFileSync(file, 'utf8').matchAll(/^((?:DNS|IP|email):.*)\n(-[^#]+?-----END.*)$/gm)].map(
    ([, names = '', certificate = '']) => [names, certificate],
  ),
)
const tlsOf = (names: string) => {
  const certificate = certificates.get(names)
  if (certificate === undefined) throw new Error(`The fixtures have no certificate for ${names}`)
  return { certificate, privateKey: new Secret('not used') }
}

for (const [what, names, host, name] of CERTIFICATES) {
  const expected = name && `https://${name}:8443${PATH}`
  t.equal(url(host, { tls: tlsOf(names) }), expected, `ewsUrlOf() has ${what}`)
}

const tls = tlsOf(CERTIFICATES[0][1])
t.equal(
  url(EVERYWHERE, { tls }, { hostname: 'gw1' }),
  `https://gw1.example.com:8443${PATH}`,
  'ewsUrlOf() completes the name of this machine',
)
t.equal(
  url(EVERYWHERE, { tls, publicUrl: 'https://ews.example' }),
  `https://ews.example${PATH}`,
  'ewsUrlOf() prefers publicUrl to the certificate',
)
t.equal(
  url(EVERYWHERE, { tls }, { port: 443 }),
  `https://gw1.example.com${PATH}`,
  'ewsUrlOf() leaves out the port of HTTPS',
)
