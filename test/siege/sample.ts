/**
 * Sends some of the mutants to the running gateway, over a few persistent connections. The gateway must
 * forward exactly the bytes that the differential part compared, and nothing else.
 *
 * Unlike this process, the gateway caches prologues and receives its requests in chunks.
 *
 * @module
 */

import { Agent, request } from 'node:http'
import { Mutants } from './mutants.ts'
import { Counter, MAX_FINDINGS, type PartReport, type RunOptions } from './part.ts'
import { Random } from './random.ts'
import { complaintsOf } from './siege-target.ts'
import { SimulatedGateway } from './simulated-gateway.ts'
import { inParallel } from './wire.ts'

const WIDTH = 8
const SHORT = 350
const LONG = 20_000
/** Each mutant is sent this often, because its prologue is cached the second time. */
const TWICE = 2
/** Content of the only requests that the gateway sends by itself: for the senders of stored items. */
const ASKS_SENDER = '<m:GetItem><m:ItemShape>'

export async function sample({ root, seed, short, siege }: RunOptions): Promise<PartReport> {
  const { gateway, upstream } = await siege.target()
  const simulated = await SimulatedGateway.of(root)
  const agent = new Agent({ keepAlive: true, maxSockets: WIDTH })
  const mutants = new Mutants(seed)
  const numbers = Array.from({ length: short ? SHORT : LONG }, (_, number) => number)
  const answers = new Counter()
  const findings: string[] = []
  let [sent, forwarded] = [0, 0]
  try {
    await inParallel(numbers, WIDTH, async number => {
      const bytes = mutants.mutant(number)
      const outcome = await simulated.simulate(bytes)
      // The upstream of this test cannot report the owner of an ID.
      if (outcome.kind === 'read' && outcome.facts.mailboxGuids.length > 0) return
      const isForwarded = outcome.kind === 'read' && outcome.denied === undefined
      for (let turn = 0; turn < TWICE; turn++) {
        const random = new Random(seed, number, turn)
        const { dataPort: port, attacker } = gateway
        const status = await post({
          port,
          agent,
          authorization: attacker,
          bytes,
          random,
          id: `${number}-${turn}`,
        })
        sent++
        answers.add(`answered ${status}`)
        if (isForwarded !== (status === 200))
          findings.push(
            `mutant ${number}: ${isForwarded ? 'should be forwarded' : 'should be rejected'}, got status ${status}`,
          )
      }
    })
    for (const { headers, body } of upstream.take()) {
      const id = headers.find(([name]) => name === 'client-request-id')?.[1]
      if (id === undefined) {
        if (!body.includes(ASKS_SENDER))
          findings.push(`the gateway sent an unexpected request: ${body}`)
        continue
      }
      const outcome = await simulated.simulate(mutants.mutant(Number(id.split('-')[0])))
      forwarded++
      if (outcome.kind === 'rejected' || outcome.denied !== undefined)
        findings.push(`mutant ${id} was forwarded, but is rejected here`)
      else if (!outcome.rebuilt.equals(body))
        findings.push(`mutant ${id} was forwarded as a different request`)
    }
    findings.push(...complaintsOf({ gateway, upstream }))
  } finally {
    agent.destroy()
  }
  return {
    part: 'sample',
    tried: sent,
    lines: [
      `${sent / TWICE} mutants, each sent ${TWICE} times: ${answers}; ${forwarded} forwarded, each compared byte by byte`,
    ],
    findings: findings.slice(0, MAX_FINDINGS),
  }
}

type Post = Readonly<{
  port: number
  agent: Agent
  authorization: string
  bytes: Buffer
  random: Random
  id: string
}>

/** Sends a request in one or two chunks, with a length or a chunked encoding. @returns the status */
function post({ port, agent, authorization, bytes, random, id }: Post): Promise<number> {
  const headers = {
    Authorization: authorization,
    'Content-Type': 'text/xml; charset=utf-8',
    'client-request-id': id,
    ...(random.once(4) ? { 'Transfer-Encoding': 'chunked' } : { 'Content-Length': bytes.length }),
  }
  const cut = random.once(2) ? random.below(bytes.length + 1) : 0
  return new Promise((resolve, reject) => {
    const path = '/EWS/Exchange.asmx'
    const sent = request({ host: '127.0.0.1', port, agent, method: 'POST', path, headers })
    sent.on('error', reject).on('response', response => {
      response
        .resume()
        .on('end', () => resolve(response.statusCode ?? 0))
        .on('error', reject)
    })
    if (cut === 0) sent.end(bytes)
    else sent.write(bytes.subarray(0, cut), () => setImmediate(() => sent.end(bytes.subarray(cut))))
  })
}
