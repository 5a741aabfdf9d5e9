/**
 * Sends attacks by the content of a request to the running gateway. Each is rejected or harmless, and none
 * takes long.
 *
 * @module
 */

import { HOSTILE } from '../../fixtures/hostile/documents.ts'
import type { Attack } from './attack.ts'
import { encodingAttacks } from './attacks-encoding.ts'
import { frameAttacks } from './attacks-frame.ts'
import { identityAttacks } from './attacks-identity.ts'
import { loadAttacks } from './attacks-load.ts'
import { flawOf } from './compare.ts'
import { notWellFormed, PLACES } from './conformance.ts'
import { Counter, type PartReport, type RunOptions } from './part.ts'
import { requestBytes } from './requests.ts'
import { complaintsOf, type SiegeTarget } from './siege-target.ts'
import { SimulatedGateway } from './simulated-gateway.ts'
import { flawOf as flawOfFrame } from './upstream.ts'
import { exchange, inParallel } from './wire.ts'

const WIDTH = 4
/** Maximum work of the gateway during one attack, while other attacks run. Some are 8 MiB. */
const MAX_WORK_MS = 3_000
const MEBI = 1_048_576
/** Maximum growth of the gateway's memory by all attacks together. */
const MAX_GROWTH_BYTES = 256 * MEBI

export async function attacks({ root, short, siege }: RunOptions): Promise<PartReport> {
  const families: Readonly<Record<string, readonly Attack[]>> = {
    'expensive requests': loadAttacks(short ? 0.05 : 1),
    'impersonated user': identityAttacks(),
    'frame of the request': frameAttacks(),
    encodings: encodingAttacks(),
    ...(short ? {} : { 'hostile fixtures': hostileFixtures(), "the W3C's documents": w3c() }),
  }
  const { gateway, upstream } = await siege.target()
  const simulated = await SimulatedGateway.of(root)
  const [lines, findings] = [[] as string[], [] as string[]]
  let tried = 0
  const before = gateway.rss()
  for (const [family, list] of Object.entries(families)) {
    tried += list.length
    const outcome = await assault({ gateway, upstream, simulated }, list)
    lines.push(`${list.length} ${family}: ${outcome.answers}; most work: ${outcome.slowest}`)
    findings.push(...outcome.findings)
  }
  const growth = gateway.rss() - before
  lines.push(
    `memory: ${mebi(before)} before, ${mebi(before + growth)} after; maximum growth ${mebi(MAX_GROWTH_BYTES)}`,
  )
  if (growth > MAX_GROWTH_BYTES) findings.push(`the gateway's memory grew by ${mebi(growth)}`)
  findings.push(...complaintsOf({ gateway, upstream }))
  return { part: 'attacks', tried, lines, findings }
}

/** The gateway's own tests send them too, so the short form does not. */
const hostileFixtures = (): Attack[] => HOSTILE.map(({ name, bytes }) => ({ name, body: bytes }))

const w3c = (): Attack[] =>
  notWellFormed().documents.map(({ id, bytes }) => ({
    name: id,
    body: PLACES['as the body']?.(bytes) ?? bytes,
  }))

type AttackContext = SiegeTarget & Readonly<{ simulated: SimulatedGateway }>

async function assault({ gateway, upstream, simulated }: AttackContext, list: readonly Attack[]) {
  const answers = new Counter()
  const findings: string[] = []
  let slowest = { ms: 0, name: '' }
  await inParallel(list, WIDTH, async ({ name, body, head = {} }, at) => {
    const headers = [...(head.headers ?? []), `client-request-id: attack-${at}`]
    const bytes = requestBytes(body, { authorization: gateway.attacker, ...head, headers })
    const worked = gateway.workedMs()
    const { statuses } = await exchange(gateway.dataPort, bytes)
    const ms = gateway.workedMs() - worked
    const status = statuses.at(-1)
    answers.add(status === 200 ? 'forwarded' : `answered ${status ?? 'by closing the connection'}`)
    if (ms > slowest.ms) slowest = { ms, name }
    if (ms > MAX_WORK_MS) findings.push(`${name}: takes ${ms} ms of work`)
  })
  for (const received of upstream.take()) {
    const id = received.headers.find(([header]) => header === 'client-request-id')?.[1]
    const attack = list[Number(id?.slice('attack-'.length))]
    const flaw = flawOfFrame(received) ?? (await harmOf(attack, received.body, simulated))
    if (flaw !== undefined) findings.push(`${attack?.name ?? id}: ${flaw}`)
  }
  findings.push(
    ...upstream.unfinished
      .splice(0)
      .filter(isWhole)
      .map(() => 'an incomplete request contained a complete operation'),
  )
  return { answers, findings, slowest: `${slowest.ms} ms (${slowest.name})` }
}

/** Whether what came of a request holds the end of an operation: a server could have run it. */
const isWhole = (bytes: Buffer) =>
  /<\/(?:\w+:)?(?:CreateItem|GetFolder|GetItem)>/.test(
    bytes.toString('latin1', Math.max(0, bytes.length - 8_192)),
  )

/** Returns the harm of a forwarded attack. Undefined if there is none. */
async function harmOf(attack: Attack | undefined, got: Buffer, simulated: SimulatedGateway) {
  if (attack?.mayPass === undefined) return 'was forwarded'
  const outcome = await simulated.simulate(Buffer.from(attack.body))
  if (outcome.kind === 'rejected')
    return `was forwarded, although the reader rejects it: ${outcome.reason}`
  if (!outcome.rebuilt.equals(got)) return 'was forwarded as a different request'
  return flawOf(outcome)
}

const mebi = (bytes: number) => `${(bytes / MEBI).toFixed(0)} MiB`
