/**
 * Opens the sinks: receivers of audit records outside of the gateway.
 *
 * @module
 */

import { hostname } from 'node:os'
import { join } from 'node:path'
import type { Config } from '../config/schema.ts'
import type { SinkConfig } from '../config/sinks.ts'
import type { SinkFormat } from '../model/sink.ts'
import { gatewayFormat } from '../sinks/gateway-format.ts'
import { SinkPositions } from '../sinks/positions.ts'
import { type Format, type Sender, Sink } from '../sinks/sink.ts'
import { VERSION } from './version.ts'

/** Maximum time of one attempt to send. */
const DEADLINE_MS = 30_000

/** Time for which a sink gathers records, because each batch has a cost: that of a connection, or of an object. */
const GATHER_MS = { webhook: 0, syslog: 2_000, s3: 30_000 } as const satisfies Record<
  SinkConfig['kind'],
  number
>

const USER_AGENT = `ews-gateway/${VERSION}`

/**
 * Opens the configured sinks. None of them is connected yet, so a receiver that is away doesn't keep the gateway from
 * starting.
 *
 * @param writer - the writer of this process in the journal
 */
export function openSinks({ sinks, audit }: Config, writer: string): Promise<readonly Sink[]> {
  return Promise.all(
    sinks.map(
      async sink =>
        new Sink({
          name: sink.name,
          selection: sink,
          positions: new SinkPositions(join(audit.journal, 'positions', sink.name), writer),
          sender: await senderOf(sink, await formatOf(sink.format)),
          gatherMs: GATHER_MS[sink.kind],
          deadlineMs: DEADLINE_MS,
          now: () => performance.now(),
          random: Math.random,
        }),
    ),
  )
}

async function senderOf(sink: SinkConfig, format: Format): Promise<Sender> {
  if (sink.kind === 'syslog') {
    const { SyslogSender } = await import('../sinks/syslog.ts')
    const { address, ca, clientCertificate } = sink
    const tls = { ...(ca !== undefined && { ca }), ...(clientCertificate && { clientCertificate }) }
    return new SyslogSender({ address, tls, host: hostname(), version: VERSION, format })
  }
  if (sink.kind === 's3') {
    const { S3Sender } = await import('../sinks/s3.ts')
    return new S3Sender({ prefix: '', ...sink, format, userAgent: USER_AGENT, now: Date.now })
  }
  const { WebhookSender } = await import('../sinks/webhook.ts')
  return new WebhookSender({ ...sink, format, userAgent: USER_AGENT, now: Date.now })
}

async function formatOf(format: SinkFormat): Promise<Format> {
  if (format === 'ews-gateway') return gatewayFormat
  const { ocsfFormat } = await import('../sinks/ocsf.ts')
  return ocsfFormat(VERSION)
}
