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
import { makeFolder } from './folders.ts'
import { VERSION } from './version.ts'

/** Maximum time of one attempt to send to a receiver that acknowledges. A file, or a reader of standard output, has none. */
const DEADLINE_MS = 30_000

/** Time for which a sink gathers records, because each batch has a cost: that of a connection, or of an object. */
const GATHER_MS = { file: 0, webhook: 0, syslog: 2_000, s3: 30_000 } as const satisfies Record<
  SinkConfig['kind'],
  number
>

const USER_AGENT = `ews-gateway/${VERSION}`

/**
 * Opens the configured sinks. No sink is connected to its receiver yet, so one that is away doesn't keep the gateway from
 * starting.
 *
 * @param writer - the writer of this process in the journal
 * @throws FileError if the file of a sink cannot be written
 */
export function openSinks({ sinks, audit }: Config, writer: string): Promise<readonly Sink[]> {
  return Promise.all(
    sinks.map(
      async (sink, index) =>
        new Sink({
          name: sink.name,
          selection: sink,
          positions: new SinkPositions(join(audit.journal, 'positions', sink.name), writer),
          sender: await senderOf(sink, `sinks[${index}]`, await formatOf(sink.format)),
          gatherMs: GATHER_MS[sink.kind],
          deadlineMs: sink.kind === 'file' ? undefined : DEADLINE_MS,
          now: () => performance.now(),
          random: Math.random,
        }),
    ),
  )
}

/** @param key - configuration key of the sink */
async function senderOf(sink: SinkConfig, key: string, format: Format): Promise<Sender> {
  if (sink.kind === 'file') {
    const { FileSender, STDOUT } = await import('../sinks/file.ts')
    const { name, path } = sink
    const file = { what: `the file of the sink ${name}`, path, key: `${key}.path` }
    if (path !== STDOUT) await makeFolder(file)
    const sender = new FileSender({ file, format })
    await sender.check()
    return sender
  }
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
