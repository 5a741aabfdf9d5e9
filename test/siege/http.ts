/**
 * Attacks by HTTP over a socket, in front of a server that accepts everything. The server must receive no
 * second request, no ambiguous length, and only headers of the gateway.
 *
 * @module
 */

import { type Case, framingCases, SMUGGLED } from './http-cases.ts'
import { hidingCases } from './http-hidden.ts'
import { headerCases, malformedCases, smugglerCases } from './http-malformed.ts'
import { Counter, type PartReport, type RunOptions } from './part.ts'
import { ORDINARY } from './requests.ts'
import { complaintsOf } from './siege-target.ts'
import type { Received } from './upstream.ts'
import { exchange, inParallel } from './wire.ts'

const WIDTH = 48
/** Many cases get no response. Time without data after which one is over, in milliseconds. */
const QUIET_MS = 500

export async function http({ siege }: RunOptions): Promise<PartReport> {
  const { gateway, upstream } = await siege.target()
  const options = { authorization: gateway.attacker }
  const families = {
    'framing cases': framingCases(options),
    'hidden requests': hidingCases(options),
    'malformed requests': malformedCases(options),
    'headers of a client': headerCases(options),
    "smuggler's mutations": smugglerCases(options),
  }
  const findings: string[] = []
  const lines: string[] = []
  let tried = 0
  const control = await exchange(gateway.dataPort, ordinaryFor(gateway.bystander))
  if (control.statuses[0] !== 200) findings.push(`an ordinary request got ${control.text}`)
  upstream.take()
  const cases = Object.values(families).flat()
  for (const [family, list] of Object.entries(families)) {
    const answers = await attack(gateway.dataPort, list, cases.indexOf(list[0] as Case))
    lines.push(`${list.length} ${family}: answered ${answers}`)
  }
  // By now, late requests have arrived.
  await exchange(gateway.dataPort, ordinaryFor(gateway.bystander))
  const received = upstream.take()
  lines.push(`${received.length - 1} forwarded`)
  findings.push(...tooMany(received, cases))
  tried = cases.length
  findings.push(...complaintsOf({ gateway, upstream }))
  for (const bytes of upstream.unfinished.splice(0))
    findings.push(
      `the upstream received an incomplete request: ${bytes.toString('latin1', 0, 200)}`,
    )
  return { part: 'http', tried, lines, findings }
}

const ordinaryFor = (authorization: string) =>
  `POST /EWS/Exchange.asmx HTTP/1.1\r\nHost: x\r\nAuthorization: ${authorization}\r\n` +
  `Content-Type: text/xml\r\nContent-Length: ${ORDINARY.length}\r\n\r\n${ORDINARY}`

/** Sends each on a connection of its own. @param from - number of the first */
async function attack(port: number, list: readonly Case[], from: number): Promise<Counter> {
  const answers = new Counter()
  await inParallel(list, WIDTH, async ({ bytes, most }, at) => {
    const { statuses, closed } = await exchange(
      port,
      marked(bytes, from + at),
      Math.max(1, most),
      QUIET_MS,
    )
    answers.add(
      statuses.length > 0
        ? statuses.join(' then ')
        : closed
          ? 'by closing the connection'
          : 'nothing',
    )
  })
  return answers
}

const MARK = 'case-'
/** Requests whose mark the gateway did not pass on: those that send one of their own. */
const UNMARKED = { name: 'requests without a mark', most: 4 }

/** Says of each request which case it is of; the gateway passes that header on. */
const marked = (bytes: Buffer, at: number): Buffer =>
  Buffer.from(
    bytes
      .toString('latin1')
      .replaceAll('Host: gateway\r\n', `Host: gateway\r\nclient-request-id: ${MARK}${at}\r\n`),
    'latin1',
  )

/** Returns the requests that should not have been forwarded. */
function tooMany(received: readonly Received[], cases: readonly Case[]): string[] {
  const findings: string[] = []
  const seen = new Map<number, number>()
  for (const { headers, body } of received) {
    if (body.includes(SMUGGLED)) findings.push('the upstream received a hidden request')
    const id = headers.find(([name]) => name === 'client-request-id')?.[1] ?? ''
    const at = id.startsWith(MARK) ? Number(id.slice(MARK.length)) : -1
    seen.set(at, (seen.get(at) ?? 0) + 1)
  }
  for (const [at, count] of seen) {
    const { name, most } = cases[at] ?? UNMARKED
    if (count > most) findings.push(`${name}: ${count} requests were forwarded, more than ${most}`)
  }
  return findings
}
