/**
 * Schema of the configuration key `traces`: the collector of traces.
 *
 * @module
 */

import { z } from 'zod'
import { isCertificate } from './certificates.ts'
import { isConfidential } from './network.ts'
import { type ConfigContext, httpUrl, mustBe, referenced, secret, section, text } from './values.ts'

/** Headers that the gateway or its HTTP client writes itself. */
const OWN = [
  'connection',
  'content-length',
  'content-type',
  'expect',
  'host',
  'keep-alive',
  'transfer-encoding',
  'upgrade',
  'user-agent',
]

/** Returns the schema of the collector. */
export function traces(context: ConfigContext) {
  const ratio = mustBe('a number from 0 to 1')
  return section({
    url: httpUrl('https://collector.example.com:4318/v1/traces')
      .refine(isConfidential, 'must be https, except for a collector on this machine')
      .meta({
        description:
          'URL of the collector for OTLP over HTTP in protobuf. The path is usually `/v1/traces`.',
        examples: ['https://collector.example.com:4318/v1/traces'],
      }),
    headers: z
      .array(header(context), mustBe('a list of mappings of name, value'))
      .default([])
      .meta({
        description: 'Headers of the requests to the collector, such as for its authentication.',
      }),
    ca: referenced(context, 'certificates in PEM', isCertificate)
      .exactOptional()
      .meta({
        description:
          'CA certificates to trust at the collector, in PEM, instead of the well-known ones.',
        examples: [{ file: 'collector-ca.crt' }],
      }),
    ratio: z
      .number(ratio)
      .min(0, ratio)
      .max(1, ratio)
      .default(1)
      .meta({
        title: 'a number from 0 to 1',
        description:
          'Share of the traces that are exported. A trusted proxy that sends `traceparent` decides for its own traces.',
        examples: [0.1],
      }),
  })
}

function header(context: ConfigContext) {
  return section({
    name: text('the name of a header', value => /^[A-Za-z0-9_-]+$/.test(value))
      .refine(
        name => !OWN.includes(name.toLowerCase()),
        'is a header that the gateway writes itself',
      )
      .meta({ description: 'Name of the header.', examples: ['authorization'] }),
    value: secret(context, 'visible ASCII on one line', value => /^[\x20-\x7e]+$/.test(value)).meta(
      {
        description: 'Value of the header.',
        examples: [{ file: 'collector.token' }],
      },
    ),
  })
}
