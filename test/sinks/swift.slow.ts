/**
 * Stores records in OpenStack Swift by its S3 API, and reads them with the AWS CLI.
 */

import { execFileSync } from 'node:child_process'
import t from 'tap'
import { Secret } from '../../src/model/secret.ts'
import { gatewayFormat } from '../../src/sinks/gateway-format.ts'
import { S3Sender } from '../../src/sinks/s3.ts'
import { isInstalled } from '../kit/services/process.ts'
import { noSwift, Swift } from '../kit/services/swift.ts'
import { startJournal, WRITER } from './journal.ts'

const noAws = isInstalled('aws') ? false : 'The AWS CLI is not installed'

const AT = '2026-11-28T00:00:00.000Z'
const COUNT = 2_000
const NAMES = Array.from({ length: COUNT }, (_, n) => `name ${n}`)
const change = (name: string) => ({ type: 'change', at: AT, name, verdict: 'deny' })

t.test(
  'R37 S3-compatible storage has each record in order',
  { skip: noSwift || noAws },
  async t => {
    const swift = await Swift.start()
    t.teardown(() => swift.stop())
    const { accessKeyId, secretAccessKey } = Swift.credentials
    const aws = (...args: string[]) =>
      execFileSync('aws', ['--endpoint-url', swift.url, '--region', 'us-east-1', ...args], {
        encoding: 'utf8',
        env: {
          ...process.env,
          AWS_ACCESS_KEY_ID: accessKeyId,
          AWS_SECRET_ACCESS_KEY: secretAccessKey,
        },
      })
    const { append, follow, clock, logged } = startJournal(t)
    const storage = (secret: string) =>
      new S3Sender({
        endpoint: swift.url,
        region: 'us-east-1',
        bucket: 'audit',
        prefix: 'gateways/',
        accessKeyId,
        secretAccessKey: new Secret(secret),
        format: gatewayFormat,
        userAgent: 'ews-gateway/1',
        now: Date.now,
      })
    append(...NAMES.map(change))
    await follow(storage('wrong')).drain()
    t.match(logged.at(-1), /answered with status 403 .* Check the access key/)
    const follower = follow(storage(secretAccessKey))
    await follower.drain()
    t.match(logged.at(-1), /answered with status 404 .* Create the bucket/)
    aws('s3', 'mb', 's3://audit')
    clock.now += 60_000
    await follower.drain()

    const keys = () => {
      const listed = aws('s3api', 'list-objects-v2', '--bucket', 'audit', '--output', 'json')
      return JSON.parse(listed).Contents.map(({ Key }: { Key: string }) => Key)
    }
    const read = (key: string) => aws('s3', 'cp', `s3://audit/${key}`, '-')
    const stored = keys()
    t.ok(
      stored.length > 0 && stored[0].startsWith(`gateways/${WRITER}/000001-0000000019.jsonl`),
      stored[0],
    )
    const lines = stored.flatMap((key: string) => read(key).split('\n').slice(0, -1))
    t.strictSame(
      lines.map((line: string) => JSON.parse(line)),
      NAMES.map((name, n) => ({ id: `${WRITER}/1/${n + 2}`, ...change(name) })),
    )
  },
)
