/**
 * A collector of OpenTelemetry: it decodes what arrives with the definitions of the protocol, and keeps the spans.
 *
 * @module
 */

import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import protobuf from 'protobufjs'
import type { Test } from 'tap'

const folder = fileURLToPath(new URL('../../fixtures/otlp/', import.meta.url))
const root = new protobuf.Root()
root.resolvePath = (_, target) => folder + target
const REQUEST = root
  .loadSync('opentelemetry/proto/collector/trace/v1/trace_service.proto')
  .lookupType('opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest')

type Attributes = Readonly<Record<string, string | number>>

/** A span, with IDs in hexadecimal. */
export type CollectedSpan = Readonly<{
  name: string
  kind: string
  traceId: string
  spanId: string
  /** Empty if the span has no parent. */
  parentSpanId: string
  traceState: string
  start: bigint
  end: bigint
  attributes: Attributes
  isError: boolean
  /** Attributes of the process. */
  resource: Attributes
}>

/** The fields of the messages that are read, with defaults. */
type Fields = {
  attributes: Fields[]
  key: string
  value: Readonly<Record<string, string | number>>
}
type Sent = Fields &
  Record<'traceId' | 'spanId' | 'parentSpanId' | 'traceState', string> &
  Record<'name' | 'kind' | 'startTimeUnixNano' | 'endTimeUnixNano', string> & {
    status: Readonly<{ code: string }> | null
  }
type Scope = Readonly<{ spans: readonly Sent[] }>
type ExportRequest = Readonly<{
  resourceSpans: readonly Readonly<{ resource: Fields; scopeSpans: readonly Scope[] }>[]
}>

const hex = (base64: string) => Buffer.from(base64, 'base64').toString('hex')

const attributesOf = ({ attributes }: Pick<Fields, 'attributes'>): Attributes =>
  Object.fromEntries(
    attributes.map(({ key, value }) => {
      const [content = ''] = Object.values(value)
      return [key, 'intValue' in value ? Number(content) : content]
    }),
  )

function spansIn(bytes: Uint8Array): readonly CollectedSpan[] {
  const options = { longs: String, enums: String, bytes: String, defaults: true }
  const request = REQUEST.toObject(REQUEST.decode(bytes), options) as ExportRequest
  return request.resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ spans }) =>
      spans.map(span => ({
        name: span.name,
        kind: span.kind,
        traceId: hex(span.traceId),
        spanId: hex(span.spanId),
        parentSpanId: hex(span.parentSpanId),
        traceState: span.traceState,
        start: BigInt(span.startTimeUnixNano),
        end: BigInt(span.endTimeUnixNano),
        attributes: attributesOf(span),
        isError: span.status?.code === 'STATUS_CODE_ERROR',
        resource: attributesOf(resource),
      })),
    ),
  )
}

export type Collector = Readonly<{
  url: string
  requests: IncomingHttpHeaders[]
  spans: CollectedSpan[]
  /** Returns the span of a request, and its children by their beginning. */
  traceOf: (decisionId: unknown) => Readonly<{ request: CollectedSpan; steps: CollectedSpan[] }>
}>

/** Starts a collector. @param answer - returns the status of a response; undefined: there is none */
export async function startCollector(
  t: Test,
  answer: () => number | undefined = () => 200,
): Promise<Collector> {
  const requests: IncomingHttpHeaders[] = []
  const spans: CollectedSpan[] = []
  const server = createServer(async (request, response) => {
    requests.push(request.headers)
    const bytes = await buffer(request)
    const status = answer()
    if (status === 200) spans.push(...spansIn(bytes))
    if (status !== undefined) response.writeHead(status).end()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  const traceOf = (decisionId: unknown) => {
    const request = spans.find(({ attributes }) => attributes['ews.decision_id'] === decisionId)
    if (request === undefined) throw new TypeError(`No span has the decision ID ${decisionId}`)
    const steps = spans
      .filter(({ parentSpanId }) => parentSpanId === request.spanId)
      .sort((a, b) => Number(a.start - b.start))
    return { request, steps }
  }
  return { url: `http://127.0.0.1:${port}/v1/traces`, requests, spans, traceOf }
}
