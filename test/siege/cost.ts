/**
 * Measures the cost of one request: the worst case that the limits and the guard allow, in values that are
 * looked up and in CPU time of the event loop, compared with small reads that are sent in between.
 *
 * @module
 */

import { hash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { ASSUME_ROLE } from '../../src/model/iam.ts'
import { principalId } from '../../src/model/principal.ts'
import { MAILBOXES, type Mailboxes, roleId } from '../../src/model/role.ts'
import {
  COST_CASES,
  type CostCase,
  CROWD,
  crowdAddress,
  type Lookups,
  SMALL_READ,
  SUBSCRIPTIONS,
  subscriptionId,
} from './cost-cases.ts'
import { type AttackedGateway, addPrincipal, type Seed, startAttackedGateway } from './gateway.ts'
import type { PartReport, RunOptions } from './part.ts'
import { UpstreamProcess } from './upstream-process.ts'
import { ORGANIZATION, ROLE, USERS } from './world.ts'

/** Requests of a case, one after the other, between two readings of the clock. */
const IN_A_ROW = 5
const ROUNDS = { short: 3, long: 40 }
/** Rounds before it counts: code is compiled, and what can be known is known. */
const WARM_UP = 1
const FIRST_READS = 200

/** Maximum cost of a request in small reads: a base, and one more for each number of bytes. */
const MAX_READS = 10
const BYTES_PER_READ = 8_192

const LIFE_MS = 3_600_000
const NS_PER_MS = 1e6

export async function cost({ root, short }: RunOptions): Promise<PartReport> {
  const upstream = await UpstreamProcess.start()
  const headers = new Map<Mailboxes, string>()
  const gateway = await startAttackedGateway(
    root,
    upstream.url,
    {},
    {
      seedMore: seedWith(headers),
    },
  )
  const client = new Client(gateway, headers)
  const [lines, findings] = [[] as string[], [] as string[]]
  try {
    const rounds = ROUNDS[short ? 'short' : 'long']
    await client.send(SMALL_READ, FIRST_READS)
    for (const each of COST_CASES) {
      for (let round = 0; round < WARM_UP; round++) await client.send(each, IN_A_ROW)
      const before = await lookups(gateway)
      const spent = { case: [] as number[], read: [] as number[] }
      for (let round = 0; round < rounds; round++) {
        spent.case.push(await client.send(each, IN_A_ROW))
        spent.read.push(await client.send(SMALL_READ, IN_A_ROW))
      }
      const count = rounds * IN_A_ROW
      const after = await lookups(gateway)
      const looked = perRequest(before, after, count)
      const ratio = medianOf(spent.case) / medianOf(spent.read)
      const kibi = each.body(0).length / 1_024
      lines.push(
        `${each.name}: ${looked.l1} lookups, ${looked.store} in the store; ${msOf(spent.case)} ms of CPU,` +
          ` ${ratio.toFixed(1)} small reads of ${msOf(spent.read)} ms; ${kibi.toFixed(0)} KiB`,
      )
      findings.push(...flawsOf(each, looked, ratio))
    }
    findings.push(...client.flaws)
    if (/Unhandled error/.test(gateway.log()))
      findings.push(`unhandled error: ${gateway.log().slice(0, 500)}`)
  } finally {
    client.close()
    await gateway.close()
    upstream.close()
  }
  return { part: 'cost', tried: client.sent, lines, findings }
}

function flawsOf({ name, lookups, body }: CostCase, looked: Lookups, ratio: number): string[] {
  const flaws = (['l1', 'store'] as const)
    .filter(layer => looked[layer] > lookups[layer])
    .map(layer => `${name}: ${looked[layer]} lookups in ${layer}, more than ${lookups[layer]}`)
  const most = MAX_READS + body(0).length / BYTES_PER_READ
  if (ratio > most)
    flaws.push(`${name}: costs ${ratio.toFixed(1)} small reads, more than ${most.toFixed(1)}`)
  return flaws
}

/** A role for each kind of guard, with a principal; the users, and the subscriptions of `own`. */
function seedWith(headers: Map<Mailboxes, string>): Seed {
  return async (store, masterKey) => {
    const users = USERS.map(({ id: _, enabled: __, ...user }) => user)
    const crowd = Array.from({ length: CROWD }, (_, n) => ({
      primarySmtpAddress: crowdAddress(n),
      aliases: [],
    }))
    const drafts = [...users, ...crowd]
    await store.importUsers(ORGANIZATION.id, drafts, { dryRun: false, deleteMissing: false })
    const role = await store.role(ORGANIZATION.id, ROLE.id)
    if (role === undefined) throw new Error('The role of the siege is missing')
    const { version: _, createdAt: __, modifiedAt: ___, ...draft } = role
    for (const mailboxes of MAILBOXES) {
      const id = roleId(`cost-${mailboxes}`)
      await store.putRole({ ...draft, id, name: id, guard: { ...draft.guard, mailboxes } })
      const only = { StringEquals: { 'workmail:ImpersonationRoleId': [id] } }
      const may = { Action: [ASSUME_ROLE], Condition: only }
      headers.set(mailboxes, await addPrincipal(store, masterKey, id, may))
    }
    const user = await store.userByName(ORGANIZATION.id, 'SmtpAddress', 'user@example.com')
    if (user === undefined) throw new Error('The user of the siege is missing')
    for (let n = 0; n < SUBSCRIPTIONS; n++)
      await store.putSubscription({
        organizationId: ORGANIZATION.id,
        idHash: hash('sha256', subscriptionId(n), 'base64url'),
        userId: user.id,
        others: [],
        roleId: roleId('cost-own'),
        principalId: principalId('cost-own'),
        lifeMs: LIFE_MS,
        expiresAt: Date.now() + LIFE_MS,
      })
  }
}

/** Sends requests one after the other, and reads what they took. */
class Client {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 })
  readonly #gateway: AttackedGateway
  readonly #headers: ReadonlyMap<Mailboxes, string>
  readonly flaws: string[] = []
  sent = 0

  constructor(gateway: AttackedGateway, headers: ReadonlyMap<Mailboxes, string>) {
    this.#gateway = gateway
    this.#headers = headers
  }

  /** @returns nanoseconds of CPU time of the gateway's event loop, for each request */
  async send(each: CostCase, count: number): Promise<number> {
    const bodies = Array.from({ length: count }, (_, n) => Buffer.from(each.body(this.sent + n)))
    const before = this.#spent()
    for (const body of bodies) await this.#ask(each, body)
    return (this.#spent() - before) / count
  }

  close(): void {
    this.#agent.destroy()
  }

  /** Time on a processor, not time that passes: others on the machine don't count. */
  #spent(): number {
    const { pid } = this.#gateway
    const [ns] = readFileSync(`/proc/${pid}/task/${pid}/schedstat`, 'utf8').split(' ')
    return Number(ns)
  }

  async #ask({ name, guard, status }: CostCase, body: Buffer): Promise<void> {
    this.sent += 1
    const got = await this.#post(body, this.#headers.get(guard) ?? '')
    const isNews = this.flaws.every(flaw => !flaw.startsWith(name))
    if (got !== status && isNews) this.flaws.push(`${name}: answered ${got}, not ${status}`)
  }

  #post(body: Buffer, authorization: string): Promise<number | undefined> {
    const { dataPort: port } = this.#gateway
    const headers = {
      Authorization: authorization,
      'Content-Type': 'text/xml; charset=utf-8',
      'Content-Length': body.length,
    }
    return new Promise((resolve, reject) => {
      const path = '/EWS/Exchange.asmx'
      request({ host: '127.0.0.1', port, agent: this.#agent, method: 'POST', path, headers })
        .on('error', reject)
        .on('response', response => response.resume().on('end', () => resolve(response.statusCode)))
        .end(body)
    })
  }
}

/** Values that were looked up so far, by layer, as the gateway itself counts them. */
async function lookups({ opsPort }: AttackedGateway): Promise<Lookups> {
  const text = await (await fetch(`http://127.0.0.1:${opsPort}/metrics`)).text()
  const sum = { l1: 0, store: 0 }
  for (const [, layer, count] of text.matchAll(
    /^ews_gateway_cache_requests_total\{layer="(l1|store)",result="\w+"\} (\d+)/gm,
  ))
    sum[layer as keyof Lookups] += Number(count)
  return sum
}

/**
 * Returns the lookups of one request. Half of the requests were small reads. Rounded, because the gateway
 * itself sometimes polls the store.
 */
function perRequest(before: Lookups, after: Lookups, count: number): Lookups {
  const { l1, store } = SMALL_READ.lookups
  return {
    l1: Math.round((after.l1 - before.l1) / count - l1),
    store: Math.round((after.store - before.store) / count - store),
  }
}

const medianOf = (values: readonly number[]): number =>
  values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0

const msOf = (ns: readonly number[]): string => (medianOf(ns) / NS_PER_MS).toFixed(2)
