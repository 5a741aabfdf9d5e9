/**
 * Near misses in the configuration of sinks.
 *
 * @module
 */

import { sinks } from '../../src/config/sinks.ts'
import { around, rowsOf } from './row.ts'

const WEBHOOK = {
  kind: 'webhook',
  name: 'siem',
  url: 'https://siem.example.com/hooks',
  secret: { env: 'SECRET' },
}
const S3 = {
  kind: 's3',
  name: 'archive',
  endpoint: 'https://s3.example.com',
  bucket: 'audit',
  accessKeyId: 'AKIA',
  secretAccessKey: { env: 'SECRET' },
}
const SECRET = `whsec_${Buffer.alloc(24, 7).toString('base64')}`

const takes = (sink: object, read: string = SECRET) =>
  sinks({ path: path => path, read: () => read }).safeParse([sink]).success

export const SINK_ROWS = rowsOf(
  'config/sinks.ts',
  ['siem', around('_'), name => takes({ ...WEBHOOK, name })],
  [
    'https://siem.example.com/',
    ['xhttps://siem.example.com/', 'https://siem.example.com/#x'],
    url => takes({ ...WEBHOOK, url }),
  ],
  [SECRET, around('!'), secret => takes(WEBHOOK, secret)],
  ['eu-central-1', around('_'), region => takes({ ...S3, region })],
  ['audit', around('_'), bucket => takes({ ...S3, bucket })],
  [
    'a/b',
    [...around('!')('a/b'), '..', '../a', 'a/..', 'a/../b'],
    prefix => takes({ ...S3, prefix }),
  ],
  ['a..b', [], prefix => takes({ ...S3, prefix })],
)
