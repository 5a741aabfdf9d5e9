import { X509Certificate } from 'node:crypto'
import t from 'tap'
import { CertificateWatch } from '../../src/app/certificate.ts'
import { Secret } from '../../src/model/secret.ts'
import { Health } from '../../src/telemetry/health.ts'
import { createLog } from '../../src/telemetry/log.ts'
import { Metrics } from '../../src/telemetry/metrics.ts'
import { makeCertificates } from '../kit/certificates.ts'

const DAY = 86_400_000

t.test('CertificateWatch reports each change once, in log, metric, and /readyz', async t => {
  const wanted = [
    { name: 'old', alternative: 'DNS:old', expired: true },
    { name: 'new', alternative: 'DNS:new' },
  ]
  const read = makeCertificates(t.testdir({}), wanted)
  const chain = (...files: string[]) => ({
    certificate: files.map(read).join(''),
    privateKey: new Secret('unused'),
  })
  const endsAt = new X509Certificate(read('new.crt')).validToDate.getTime()
  const clock = { now: endsAt - 15 * DAY }
  const lines: string[] = []
  const log = createLog('info', { write: line => lines.push(line) })
  const metrics = new Metrics({ version: '1', organizations: [] })
  let asked = 0
  // Each report is a new one.
  const health = new Health(() => (asked += 10_000))
  const watch = new CertificateWatch(chain('new.crt'), {
    metrics,
    log,
    health,
    now: () => clock.now,
  })
  t.teardown(() => watch.close())
  const reported = async () => ({
    logged: lines.splice(0).map(line => {
      const { level, endsAt, msg } = JSON.parse(line)
      return [level, endsAt, msg]
    }),
    ready: (await health.report('ready')).checks['certificate']?.status,
    endsAt: Number(
      /^ews_gateway_certificate_end_timestamp_seconds\{certificate="tls"\} (\S+)$/m.exec(
        await metrics.render(),
      )?.[1],
    ),
  })
  const end = new Date(endsAt).toISOString()
  t.strictSame(await reported(), { logged: [], ready: 'pass', endsAt: endsAt / 1_000 })

  const at = async (now: number) => {
    clock.now = now
    watch.check()
    watch.check()
    return await reported()
  }
  t.match(await at(endsAt - 14 * DAY), {
    logged: [['warn', end, /^The certificate expires within 14 days\. .*SIGHUP/]],
    ready: 'warn',
  })
  t.match(await at(endsAt - 1), { logged: [], ready: 'warn' })
  t.match(await at(endsAt), {
    logged: [['error', end, /^The certificate has expired\./]],
    ready: 'warn',
  })

  clock.now = endsAt - 15 * DAY
  watch.replace(chain('new.crt'))
  t.match(await reported(), { logged: [['info', end, /valid .* again/]], ready: 'pass' })

  watch.replace(chain('new.crt', 'old.crt'))
  const logged = [['error', '2020-02-01T00:00:00.000Z', /expired/]]
  t.match(await reported(), { logged, ready: 'warn', endsAt: Date.UTC(2020, 1, 1) / 1_000 })
})
