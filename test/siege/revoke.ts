/**
 * Locks a role that has open requests. Streams end within a second, and an unfinished upload never runs,
 * although its last bytes arrive.
 *
 * @module
 */

import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import type { PartReport, RunOptions } from './part.ts'
import { ORDINARY, requestBytes } from './requests.ts'
import { STREAM_ID, SUBSCRIBES } from './responses.ts'
import { requestOf } from './seeds.ts'
import { complaintsOf, type SiegeTarget } from './siege-target.ts'
import { exchange, PATIENCE_MS } from './wire.ts'
import { ORGANIZATION, ROLE } from './world.ts'

const ROUNDS = { short: 1, long: 20 }
const STREAMS = 20
const UPLOADS = 5
/** From the call that locks. The short form allows what is promised, because it must pass on a busy machine. */
const MAX_STREAM_MS = { short: 300_000, long: 1_000 }
const UPLOAD_BYTES = 400_000
/** Number of bytes of an upload that are sent after the role is locked. */
const LAST = 9
const END_OF_CHUNKS = '\r\n0\r\n\r\n'

const SUBSCRIBE = requestOf(
  `<m:Subscribe><m:StreamingSubscriptionRequest><t:FolderIds><t:FolderId Id="${SUBSCRIBES}"/></t:FolderIds>` +
    '<t:EventTypes><t:EventType>NewMailEvent</t:EventType></t:EventTypes></m:StreamingSubscriptionRequest></m:Subscribe>',
)
const STREAM = requestOf(
  `<m:GetStreamingEvents><m:SubscriptionIds><t:SubscriptionId>${STREAM_ID}</t:SubscriptionId>` +
    '</m:SubscriptionIds><m:ConnectionTimeout>30</m:ConnectionTimeout></m:GetStreamingEvents>',
)
const UPLOAD = requestOf(
  `<m:CreateItem MessageDisposition="SaveOnly"><m:Items><t:Message><t:Subject>${'x'.repeat(UPLOAD_BYTES)}</t:Subject></t:Message></m:Items></m:CreateItem>`,
)

export async function revoke({ siege, short }: RunOptions): Promise<PartReport> {
  const target = await siege.target()
  const form = short ? 'short' : 'long'
  const [times, findings] = [[] as number[], [] as string[]]
  target.upstream.take()
  for (let round = 0; round < ROUNDS[form]; round++) {
    const { ms, flaws } = await lockDuring(target)
    times.push(ms)
    findings.push(...flaws)
  }
  const slowest = Math.max(...times)
  if (slowest > MAX_STREAM_MS[form])
    findings.push(`a stream continued for ${slowest.toFixed(0)} ms`)
  findings.push(...complaintsOf(target))
  return {
    part: 'revoke',
    tried: times.length * (STREAMS + UPLOADS),
    lines: [
      `${times.length} locks, each during ${STREAMS} streams and ${UPLOADS} uploads: the last stream ended at most ${slowest.toFixed(0)} ms after the call (maximum ${MAX_STREAM_MS[form]} ms); no upload ran`,
    ],
    findings,
  }
}

async function lockDuring(target: SiegeTarget) {
  const { gateway, upstream } = target
  const flaws: string[] = []
  const subscribed = await exchange(gateway.dataPort, bytesOf(SUBSCRIBE, target))
  if (subscribed.statuses[0] !== 200) flaws.push(`no subscription: ${subscribed.text}`)
  const streams = Array.from({ length: STREAMS }, () => new Client(bytesOf(STREAM, target), target))
  const upload = bytesOf(UPLOAD, target)
  const uploads = Array.from(
    { length: UPLOADS },
    () => new Client(upload.subarray(0, -LAST), target),
  )
  await until('all requests are in flight', () => {
    const events = streams.every(({ text }) => text.includes('NewMailEvent'))
    return events && upstream.arriving >= UPLOADS
  })

  const began = performance.now()
  await control(target, 'LockImpersonationRole')
  await until('the streams end', () => streams.every(({ isOver }) => isOver))
  const ms = performance.now() - began
  for (const { socket } of uploads) socket.write(upload.subarray(-LAST))
  await until('the uploads have a response', () =>
    uploads.every(({ text, closed }) => text !== '' || closed),
  )
  if (uploads.some(({ text }) => text.includes(' 200 '))) flaws.push('an upload got status 200')
  const refused = await exchange(gateway.dataPort, bytesOf(ORDINARY, target))
  if (refused.statuses[0] !== 500) flaws.push('the role is not locked')
  await control(target, 'UnlockImpersonationRole')

  for (const { socket } of [...streams, ...uploads]) socket.destroy()
  await until('the upstream has no request left', () => upstream.arriving === 0)
  const ran = [...upstream.take().map(({ body }) => body), ...upstream.unfinished.splice(0)]
  if (ran.some(bytes => bytes.includes('</m:CreateItem>'))) flaws.push('an upload ran')
  return { ms, flaws }
}

const bytesOf = (text: string, { gateway }: SiegeTarget) =>
  requestBytes(text, { authorization: gateway.attacker })

/** A connection on which one request is sent. */
class Client {
  readonly socket: Socket
  text = ''
  closed = false

  constructor(bytes: Buffer, { gateway }: SiegeTarget) {
    this.socket = connect({ port: gateway.dataPort, host: '127.0.0.1' })
    this.socket
      .on('error', () => undefined)
      .on('close', () => {
        this.closed = true
      })
    this.socket.on('data', chunk => {
      this.text += chunk.toString('latin1')
    })
    this.socket.write(bytes)
  }

  get isOver(): boolean {
    return this.closed || this.text.endsWith(END_OF_CHUNKS)
  }
}

async function control({ gateway }: SiegeTarget, action: string): Promise<void> {
  const response = await fetch(`http://127.0.0.1:${gateway.controlPort}/`, {
    method: 'POST',
    headers: {
      Authorization: gateway.administrator,
      'Content-Type': 'application/x-amz-json-1.1',
      'X-Amz-Target': `EwsGateway.${action}`,
    },
    body: JSON.stringify({ OrganizationId: ORGANIZATION.id, ImpersonationRoleId: ROLE.id }),
  })
  if (!response.ok) throw new Error(`${action} failed: ${await response.text()}`)
}

async function until(what: string, holds: () => boolean): Promise<void> {
  for (const late = performance.now() + PATIENCE_MS; !holds(); ) {
    if (performance.now() > late) throw new Error(`Not in time: ${what}`)
    await once(AbortSignal.timeout(2), 'abort')
  }
}
