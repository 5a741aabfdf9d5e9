import { rmSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { Secret } from '../../src/model/secret.ts'
import { gatewayFormat } from '../../src/sinks/gateway-format.ts'
import { S3Sender } from '../../src/sinks/s3.ts'
import { startReceiver } from '../kit/receiver.ts'
import { startJournal, T, WRITER } from './journal.ts'

const change = (name: string) => ({ type: 'change', name })

t.test('R37 S3Sender replaces an object that it stores again', async t => {
  let status = 200
  const { origin, ca, received } = await startReceiver(t, () => status)
  const { append, follow, folder, clock, logged } = startJournal(t)
  const sender = () =>
    new S3Sender({
      endpoint: `${origin}/storage/`,
      region: 'eu-central-1',
      bucket: 'audit',
      prefix: 'gateways/a-',
      accessKeyId: 'AKIDEXAMPLE',
      secretAccessKey: new Secret('secret'),
      ca,
      format: gatewayFormat,
      userAgent: 'ews-gateway/1',
      now: () => T,
    })
  append(change('a'), change('b'))
  const first = follow(sender())
  await first.drain()
  append(change('c'))
  await first.close()
  rmSync(join(folder, 'positions'), { recursive: true })
  await follow(sender()).drain()
  const path = (offset: string) => `/storage/audit/gateways/a-${WRITER}/000001-${offset}.jsonl`
  const lines = (...names: string[]) =>
    names.map(
      name =>
        `${JSON.stringify({ id: `${WRITER}/1/${'abc'.indexOf(name) + 2}`, ...change(name) })}\n`,
    )
  t.match(received, [
    { method: 'PUT', url: path('0000000019'), body: lines('a', 'b').join('') },
    { method: 'PUT', url: path('0000000077'), body: lines('c').join('') },
    { method: 'PUT', url: path('0000000019'), body: lines('a', 'b', 'c').join('') },
  ])
  t.match(
    received[0]?.headers.authorization,
    /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/20261128\/eu-central-1\/s3\/aws4_request, SignedHeaders=[a-z0-9;-]*content-md5;content-type;host;/,
  )
  append(change('\u0085\u009b2J'))
  await follow(sender()).drain()
  t.match(received.at(-1)?.body, /"name":"\\u0085\\u009b2J"}\n$/, 'as in the journal')
  for (const [given, advice] of [
    [403, 'Check the access key'],
    [404, 'Create the bucket'],
    [301, 'Check the endpoint and the region'],
  ] as const) {
    status = given
    append(change(`${given}`))
    clock.now += 60_000
    const follower = follow(sender())
    await follower.drain()
    t.match(logged.at(-1), new RegExp(`status ${given} .*bucket audit[.] ${advice}`))
  }
})
