/**
 * Schema of the configuration key `sinks`: receivers and files of audit records.
 *
 * @module
 */

import { z } from 'zod'
import type { ListenAddress } from '../model/listen-address.ts'
import { OUTCOMES } from '../model/outcome.ts'
import { Secret } from '../model/secret.ts'
import { RECORD_TYPES, SINK_FORMATS } from '../model/sink.ts'
import { isCertificate } from './certificates.ts'
import { isMapping } from './keys.ts'
import { isConfidential, readListenAddress } from './network.ts'
import { keyPair } from './organization.ts'
import {
  type ConfigContext,
  httpUrl,
  mustBe,
  oneOf,
  only,
  referenced,
  secret,
  section,
  text,
} from './values.ts'

/** Names of the other consumers of the journal, and of the folders of their positions. */
const TAKEN = ['history', 'outcomes', 'store']

/** Returns the schema of all sinks, each with its own name. */
export function sinks(context: ConfigContext) {
  const kinds = [file(context), webhook(context), syslog(context), s3(context)] as const
  const one = z.discriminatedUnion(
    'kind',
    kinds,
    mustBe('a mapping whose kind is file, webhook, syslog or s3'),
  )
  return z
    .array(one, mustBe('a list of sinks'))
    .superRefine(
      (all, context) => {
        reportRepeated(all, 'name', context)
        reportRepeated(all, 'path', context)
      },
      { when: () => true },
    )
    .default([])
}

/** Configuration of one sink. */
export type SinkConfig = z.output<ReturnType<typeof sinks>>[number]

function reportRepeated(all: unknown, key: 'name' | 'path', context: z.RefinementCtx): void {
  const values = Array.isArray(all) ? all.map(one => (isMapping(one) ? one[key] : undefined)) : []
  for (const [index, value] of values.entries()) {
    if (typeof value !== 'string' || values.indexOf(value) === index) continue
    const message = 'is taken by another sink. Choose a different one'
    context.addIssue({ code: 'custom', input: value, path: [index, key], message })
  }
}

/** Returns the keys that every kind of sink has. */
function common() {
  const types = mustBe(`a list of at least one of ${RECORD_TYPES.join(', ')}`)
  const outcomes = mustBe(`a list of at least one of ${OUTCOMES.join(', ')}`)
  return {
    name: text('1 to 32 lower-case letters, digits, and hyphens', isName)
      .refine(name => !TAKEN.includes(name), `must not be one of ${TAKEN.join(', ')}`)
      .meta({
        description:
          'Name of the sink in logs and metrics. The position in the journal is stored under it, so a sink with another name is a new one.',
        examples: ['siem'],
      }),
    format: oneOf(SINK_FORMATS).default('ews-gateway').meta({
      description:
        'Format of a record. `ews-gateway`: the record with its `id`, as in docs/audit-fields.md. `ocsf`: an event of OCSF, as in docs/sinks.md.',
    }),
    types: z
      .array(oneOf(RECORD_TYPES), types)
      .min(1, types)
      .default([...RECORD_TYPES])
      .meta({
        description: 'Types of the records that are sent. By default, all.',
        examples: [['change', 'assume', 'checkpoint']],
      }),
    outcomes: z
      .array(oneOf(OUTCOMES), outcomes)
      .min(1, outcomes)
      .exactOptional()
      .meta({
        description:
          'Outcomes of the records that are sent. By default, all. For records other than `outcome`, it is the one that the verdict leads to: `deny` is DENIED, `error` is FAILED, `allow` and `pending` are ANSWERED. Checkpoints have none, and are sent in any case.',
        examples: [['DENIED', 'FAILED']],
      }),
  }
}

const isName = (name: string) => /^(?!-)[a-z0-9-]{1,32}(?<!-)$/.test(name)

const ca = (context: ConfigContext) =>
  referenced(context, 'certificates in PEM', isCertificate)
    .exactOptional()
    .meta({
      description:
        'CA certificates to trust at the receiver, in PEM, instead of the well-known ones.',
      examples: [{ file: 'siem-ca.crt' }],
    })

function file({ path }: ConfigContext) {
  return section({
    kind: only('file').meta({
      description: 'A file, or standard output, with one JSON object a line.',
    }),
    ...common(),
    path: text('the path of a file, or "-" for standard output')
      .transform(value => (value === '-' ? value : path(value)))
      .meta({
        description: 'File to append to; `-` is standard output.',
        examples: ['data/audit.jsonl'],
      }),
  })
}

function webhook(context: ConfigContext) {
  return section({
    kind: only('webhook').meta({
      description: 'POST of a JSON array, signed as Standard Webhooks defines.',
    }),
    ...common(),
    url: text('an https URL without a user name and a fragment', isWebhookUrl)
      .refine(isConfidential, 'must be https, because the records are confidential')
      .transform(url => new Secret(url))
      .meta({
        description:
          'URL of the webhook. `check-config` prints only its host, because the rest can contain a token.',
        examples: ['https://siem.example.com/hooks/ews'],
      }),
    secret: secret(context, 'whsec_ and 24 to 64 bytes in base64', isWebhookSecret).meta({
      description:
        'Secret of the signatures: `whsec_` and 24 to 64 random bytes in base64. The receiver has the same.',
      examples: [{ file: 'webhook.secret' }],
    }),
    ca: ca(context),
  })
}

function syslog(context: ConfigContext) {
  return section({
    kind: only('syslog').meta({
      description:
        'Messages of RFC 5424 over TLS, as RFC 5425 defines, with the facility 13 (log audit).',
    }),
    ...common(),
    address: text('HOST:PORT, like logs.example.com:6514', isAddress)
      .transform(value => readListenAddress(value) as ListenAddress)
      .meta({
        description: 'Host and port of the receiver. The connection always uses TLS.',
        examples: ['logs.example.com:6514'],
      }),
    ca: ca(context),
    clientCertificate: keyPair(context).exactOptional().meta({
      description: 'Certificate of the gateway, if the receiver requires one.',
    }),
  })
}

function s3(context: ConfigContext) {
  return section({
    kind: only('s3').meta({
      description: 'Objects of JSON lines in S3-compatible storage.',
    }),
    ...common(),
    endpoint: httpUrl('https://s3.eu-central-1.amazonaws.com')
      .refine(isConfidential, 'must be https, because the records are confidential')
      .meta({
        description: 'URL of the storage, without the bucket.',
        examples: ['https://s3.eu-central-1.amazonaws.com'],
      }),
    region: text('a region, such as eu-central-1', value => /^[a-z0-9-]+$/.test(value))
      .default('us-east-1')
      .meta({
        description: 'Region of the storage. Many servers have no regions, and accept any.',
      }),
    bucket: text('the name of a bucket', value =>
      /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(value),
    ).meta({
      description: 'Bucket of the objects. It must exist.',
      examples: ['ews-audit'],
    }),
    prefix: text(
      'letters, digits, and the characters / . _ -',
      value => /^(?!\/)[\w./-]{1,256}$/.test(value) && !value.split('/').some(isDots),
    )
      .exactOptional()
      .meta({ description: 'Text before the name of each object.', examples: ['gateways/'] }),
    accessKeyId: text('the ID of an access key').meta({
      description:
        'ID of an access key that can put objects into the bucket. It needs no other permission.',
      examples: ['AKIAIOSFODNN7EXAMPLE'],
    }),
    secretAccessKey: secret(context, 'a secret on one line').meta({
      description: 'Secret of the access key.',
      examples: [{ file: 's3.secret' }],
    }),
    ca: ca(context),
  })
}

/** Whether a segment of a URL leads elsewhere. */
const isDots = (segment: string) => segment === '.' || segment === '..'

const isAddress = (value: string) => (readListenAddress(value)?.port ?? 0) > 0

const isWebhookUrl = (value: string) =>
  /^https?:\/\/[^\s#@\\]+$/i.test(value) && URL.canParse(value)

function isWebhookSecret(value: string): boolean {
  const [, text = ''] = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(value) ?? []
  const key = Buffer.from(text, 'base64')
  return key.toString('base64') === text && key.length >= 24 && key.length <= 64
}
