/**
 * Sends records to rsyslog, over TLS.
 */

import t from 'tap'
import { gatewayFormat } from '../../src/sinks/gateway-format.ts'
import { SyslogSender } from '../../src/sinks/syslog.ts'
import { makeCertificates } from '../kit/certificates.ts'
import { testFolder } from '../kit/folder.ts'
import { noRsyslog, Rsyslog } from '../kit/services/rsyslog.ts'
import { startJournal, WRITER } from './journal.ts'

const AT = '2026-11-28T00:00:00.000Z'
const COUNT = 2_000
const NAMES = Array.from({ length: COUNT }, (_, n) => `name ${n}`)
const change = (name: string) => ({ type: 'change', at: AT, name, verdict: 'deny' })

t.test('R37 rsyslog gets each record, also after it was away', { skip: noRsyslog }, async t => {
  const read = makeCertificates(testFolder(t), [{ name: 'logs', alternative: 'IP:127.0.0.1' }])
  const rsyslog = await Rsyslog.prepare(read)
  t.teardown(() => rsyslog.remove())
  const { append, follow, clock, logged } = startJournal(t)
  const address = { host: '127.0.0.1', port: rsyslog.port }
  const source = { host: 'gateway1', version: '1.0', format: gatewayFormat }
  const follower = follow(new SyslogSender({ ...source, address, tls: { ca: read('ca.crt') } }))
  const half = COUNT / 2
  append(...NAMES.slice(0, half).map(change))
  await follower.drain()
  t.match(logged, [/ECONNREFUSED/])

  await rsyslog.start()
  clock.now += 60_000
  await follower.drain()
  append(...NAMES.slice(half).map(change))
  await follower.drain()
  await rsyslog.stop()

  const messages = rsyslog.messages()
  t.strictSame(
    messages.map(message => JSON.parse(message.at(-1) ?? '').name),
    NAMES,
  )
  t.strictSame(messages[0], [
    '13',
    '4',
    '2026-11-28T00:00:00.000Z',
    'gateway1',
    'ews-gateway',
    WRITER,
    'change',
    '[origin software="ews-gateway" swVersion="1.0"]',
    JSON.stringify({ id: `${WRITER}/1/2`, ...change('name 0') }),
  ])
})
