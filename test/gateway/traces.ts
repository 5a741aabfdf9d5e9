/**
 * Collects the records of a request, and the metric series that counted it.
 *
 * @module
 */

import type { GatewayTestServer } from '../kit/gateway-test-server.ts'
import type { JournalRecord } from '../kit/journal.ts'
import { until } from '../kit/wire.ts'

/** The decisions and the outcome of one request, and how it was counted. */
export type Traces = Readonly<{
  decisions: readonly JournalRecord[]
  outcome: JournalRecord
  /** `operation verdict reason` of each request that was counted in that time. */
  counted: readonly string[]
}>

/** Sends one request and waits until its outcome is recorded. */
export async function tracesOf<Result>(
  server: GatewayTestServer,
  act: () => Promise<Result>,
): Promise<Traces & Readonly<{ result: Result }>> {
  const known = server.audit().length
  const before = await requestsOf(server)
  const result = await act()
  const records = () => server.audit().slice(known)
  const outcomes = () => records().filter(({ type }) => type === 'outcome')
  await until('an outcome', () => outcomes().length > 0)

  const [outcome] = outcomes()
  if (outcome === undefined) throw new TypeError('There is no outcome')
  const decisions = records().filter(
    ({ type, decisionId }) => type === 'decision' && decisionId === outcome.decisionId,
  )
  const after = await requestsOf(server)
  const counted = [...after].flatMap(([series, count]) =>
    Array<string>(count - (before.get(series) ?? 0)).fill(series),
  )
  return { result, decisions, outcome, counted }
}

/** The requests that were counted, by `operation verdict reason`. */
async function requestsOf(server: GatewayTestServer): Promise<ReadonlyMap<string, number>> {
  const series = new Map<string, number>()
  const pattern =
    /^ews_gateway_requests_total\{.*operation="(.*?)",verdict="(.*?)",reason="(.*?)",.*\} (\d+)$/gm
  for (const [, operation, verdict, reason, count] of (await server.metrics()).matchAll(pattern)) {
    const name = `${operation} ${verdict} ${reason}`
    series.set(name, (series.get(name) ?? 0) + Number(count))
  }
  return series
}

/** The value of a metric without labels, or of the series with these. */
export async function metricOf(server: GatewayTestServer, name: string): Promise<number> {
  const line = (await server.metrics()).split('\n').find(text => text.startsWith(`${name} `))
  return Number(line?.slice(name.length + 1))
}

/** Returns the IDs of requests that were let in and don't have exactly one outcome. */
export function unsettled(server: GatewayTestServer): string[] {
  const records = server.audit().filter(({ reason }) => reason !== 'credentials-refused')
  const outcomes = Map.groupBy(
    records.filter(({ type }) => type === 'outcome'),
    ({ decisionId }) => decisionId,
  )
  return [...new Set(records.map(({ decisionId }) => decisionId))].filter(
    id => outcomes.get(id)?.length !== 1,
  )
}

/** Start line and headers of a request, as bytes on the wire. */
export function headOf(
  server: GatewayTestServer,
  headers: readonly string[],
  authorization: string | undefined = server.authorization('full'),
): string {
  return [
    'POST /EWS/Exchange.asmx HTTP/1.1',
    'Host: gateway',
    'Content-Type: text/xml; charset=utf-8',
    ...(authorization ? [`Authorization: ${authorization}`] : []),
    ...headers,
    '',
    '',
  ].join('\r\n')
}

/** A whole request with its Content-Length, as bytes on the wire. */
export function rawRequest(
  server: GatewayTestServer,
  body: string,
  headers: readonly string[] = [],
): string {
  return headOf(server, [`Content-Length: ${Buffer.byteLength(body)}`, ...headers]) + body
}

/** How long a fault asks its client to wait. */
export const backOffOf = (text: string): number | undefined => {
  const match = /<t:Value Name="BackOffMilliseconds">(\d+)</.exec(text)
  return match ? Number(match[1]) : undefined
}
