/**
 * Tries at each point: a change through the control API, requests, a rotation of the journal, and the deletion of
 * segments, by gateways that follow one another on one store.
 *
 * @module
 */

import { randomUUID } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import { ownChange } from '../../src/app/outbox.ts'
import { FilePositions } from '../../src/audit/positions.ts'
import { type SegmentName, segmentFile, segmentsIn } from '../../src/audit/segments.ts'
import type { ConfigInput } from '../../src/config/schema.ts'
import type { History } from '../../src/history/history.ts'
import { DEFAULT_GUARD, roleId } from '../../src/model/role.ts'
import { createItem, envelope } from '../kit/corpus.ts'
import {
  basic,
  type GatewayTestServer,
  type Key,
  ORGANIZATION,
  XML,
} from '../kit/gateway-test-server.ts'
import { type JournalRecord, JournalTail } from '../kit/journal.ts'
import { startServing } from '../kit/serving.ts'
import { PointGateway } from './gateway.ts'

const DAY_MS = 86_400_000

/** More than the time for which a gateway claims records of the outbox. */
const BETWEEN_MS = 60_000

const ROTATED = 'A new audit segment begins because of SIGHUP'

/** Last change when the history deletes what is too old. */
const EXPIRED = 'point: after delete from history_series'

/** Files that a sink has: its position in the journal of the gateway, and the time since which it has records. */
const OWN_POSITIONS = 2

/** The databases of a store and its history. */
export type Database = Readonly<{
  config: Partial<ConfigInput>
  openHistory: (folder: string) => Promise<History>
  /** Rows of a query of the history's database. */
  ofHistory: (folder: string, query: string) => Promise<readonly object[]>
  /** Rows of a query of the store's. */
  ofStore: (folder: string, query: string) => Promise<readonly object[]>
}>

/** A change or a request that was sent. Their names are in their records. */
export type Sent = Readonly<{ name: string; status: number | undefined; text: string }>

export type CopiedRecord = JournalRecord & Readonly<{ id: string }>

type PositionRow = Readonly<{ writer: string; segment: number; byte_offset: number }>

export class Trial {
  readonly folder: string
  readonly server: GatewayTestServer
  readonly sent: { changes: Sent[]; requests: Sent[] } = { changes: [], requests: [] }
  /** Records that the journal had at some time, also if their segments are deleted. */
  readonly journal: JournalRecord[] = []
  readonly #test: Test
  readonly #database: Database
  readonly #admin: Key
  readonly #tail: JournalTail
  #aheadMs = 0

  private constructor(
    t: Test,
    database: Database,
    server: GatewayTestServer,
    folder: string,
    admin: Key,
  ) {
    this.#test = t
    this.#database = database
    this.#admin = admin
    this.#tail = new JournalTail(server.auditFolder)
    this.server = server
    this.folder = folder
  }

  static async start(t: Test, database: Database): Promise<Trial> {
    const audit = { keepDays: 1 }
    const sinks = [{ kind: 'file' as const, name: 'copy', path: 'data/copy.jsonl' }]
    const config = { ...database.config, audit, sinks, log: { level: 'info' as const } }
    const { server, command, folder } = await startServing(t, { config, keepSeen: 100_000 })
    await command.kill('SIGKILL')
    const { key } = await server.addPrincipal('admin', EVERYTHING)
    return new Trial(t, database, server, folder, key)
  }

  /** Starts a gateway after a command has made a change, whose record waits in the outbox. */
  async begin(name: string, fatal?: string): Promise<PointGateway> {
    await this.#change(`left-${name}`)
    const aheadMs = this.#later()
    const gateway = new PointGateway(this.#test, { folder: this.folder, aheadMs, fatal })
    await gateway.begin()
    return gateway
  }

  /** Makes a change as a command does, when no gateway has claims of before. */
  async proceed(gateway: PointGateway, name: string): Promise<void> {
    await this.#change(`left-${name}`)
    await gateway.instruct({ aheadMs: this.#later() })
    // Again and again, because no delivery begins while one is in progress that the full disk has held up.
    await gateway.until('the outbox is delivered', async () => {
      await gateway.instruct({ tick: 5_000 })
      return await this.#isOutboxEmpty()
    })
  }

  /** Does everything that is tried, or as much as the gateway lives to. */
  async tryAll(gateway: PointGateway, name: string): Promise<void> {
    const printed = (text: string) => gateway.command.err.split(text).length
    const rotated = printed(ROTATED)
    const steps = [
      () => gateway.until('the outbox is empty', () => this.#isOutboxEmpty()),
      () => this.call(gateway, `call-${name}`),
      () => this.ask(gateway, `before-${name}`),
      async () => void gateway.command.child.kill('SIGHUP'),
      () => gateway.until('the rotation', () => printed(ROTATED) > rotated),
      async () => this.read(),
      () => this.#expire(gateway),
      () => this.#deliver(gateway),
      () => this.ask(gateway, `after-${name}`),
      () => gateway.instruct({ tick: 5_000 }),
      () => this.#endRequests(gateway),
      () => this.#deliver(gateway),
      async () => this.read(),
      () => this.#deleteAll(gateway),
      async () => this.read(),
    ]
    for (const step of steps) if (!gateway.isOver) await step()
  }

  /** Makes a role through the control API. */
  async call(gateway: PointGateway, name: string): Promise<void> {
    const headers = {
      'Content-Type': 'application/x-amz-json-1.1',
      'X-Amz-Target': 'WorkMailService.CreateImpersonationRole',
      Authorization: basic(this.#admin),
    }
    const role = { OrganizationId: ORGANIZATION, Name: name, Type: 'FULL_ACCESS', Rules: [] }
    const answer = await gateway.post('control', headers, JSON.stringify(role))
    this.sent.changes.push({ name, status: answer?.status, text: answer?.text ?? '' })
  }

  /** Creates an item. */
  async ask(gateway: PointGateway, name: string): Promise<Sent> {
    const headers = {
      'Content-Type': XML,
      'User-Agent': name,
      Authorization: this.server.authorization('full') ?? '',
    }
    const answer = await gateway.post(
      'data',
      headers,
      envelope('alice@example.com', createItem(name)),
    )
    const sent = { name, status: answer?.status, text: answer?.text ?? '' }
    this.sent.requests.push(sent)
    return sent
  }

  /** Reads what is new in the journal. */
  read(): void {
    this.journal.push(...this.#tail.read())
  }

  /** Records of the copy, each with its ID. */
  copied(): readonly CopiedRecord[] {
    return copiedIn(join(this.folder, 'data/copy.jsonl'))
  }

  async openHistory(): Promise<History> {
    const history = await this.#database.openHistory(this.folder)
    this.#test.teardown(() => history.close())
    return history
  }

  /** Makes a role as a command does: its record is delivered by a gateway. */
  async #change(name: string): Promise<void> {
    const records = ownChange({
      action: 'ewsgateway:Test',
      organizationId: ORGANIZATION,
      after: { name },
    })
    await this.server.store.change(ORGANIZATION, async store => {
      const role = { name, type: 'FULL_ACCESS' as const, guard: DEFAULT_GUARD, rules: [] }
      await store.putRole({ ...role, id: roleId(randomUUID()), organizationId: ORGANIZATION })
      return { result: undefined, records, claimed: false }
    })
    this.sent.changes.push({ name, status: 200, text: '' })
  }

  /** The consumers look again until they have all: what comes while they read waits for the next time. */
  async #deliver(gateway: PointGateway): Promise<void> {
    await gateway.until('all is delivered', async () => {
      await gateway.instruct({ tick: 500 })
      return await this.#isDelivered()
    })
  }

  /** Has the gateway end the requests of gateways before it. */
  async #endRequests(gateway: PointGateway): Promise<void> {
    const positions = new FilePositions(join(this.server.auditFolder, 'positions/outcomes'))
    const isEnded = ({ writer }: SegmentName) => positions.of(writer) !== undefined
    await gateway.until('all requests are ended', async () => {
      await gateway.instruct({ tick: 10_000 })
      const { writer: own } = this.#segments.at(-1) ?? { writer: '' }
      return this.#segments.every(name => name.writer === own || isEnded(name))
    })
  }

  /** Has the gateway delete what is old, but no segment that a consumer lacks. */
  async #expire(gateway: PointGateway): Promise<void> {
    const printed = () => gateway.command.err.split(EXPIRED).length
    const before = printed()
    await gateway.instruct({ tick: 600_000, aheadMs: this.#aheadMs + 2 * DAY_MS })
    await gateway.until('the end of expiry', () => printed() > before)
  }

  /** A consumer that still reads keeps segments until the next time. */
  async #deleteAll(gateway: PointGateway): Promise<void> {
    await gateway.until('all else is deleted', async () => {
      await this.#expire(gateway)
      return this.#isDeleted()
    })
  }

  #later(): number {
    this.#aheadMs += BETWEEN_MS
    return this.#aheadMs
  }

  get #segments(): readonly SegmentName[] {
    return segmentsIn(readdirSync(this.server.auditFolder))
  }

  async #isOutboxEmpty(): Promise<boolean> {
    const rows = await this.#database.ofStore(this.folder, 'select id from outbox')
    return rows.length === 0
  }

  /** Whether both consumers have all that the journal has. */
  async #isDelivered(): Promise<boolean> {
    const query = 'select writer, segment, byte_offset from history_positions'
    const rows = (await this.#database.ofHistory(this.folder, query)) as readonly PositionRow[]
    const history = new Map(rows.map(row => [row.writer, row]))
    const copy = new FilePositions(join(this.server.auditFolder, 'positions/copy'))
    return this.#segments.every(name => {
      const text = readFileSync(segmentFile(this.server.auditFolder, name))
      const size = text.lastIndexOf('\n') + 1
      const hasRecords = text.indexOf('\n') < size - 1
      const row = history.get(name.writer)
      const offset = Number(row?.byte_offset)
      return (
        !hasRecords ||
        (hasAll(copy.of(name.writer), name, size) &&
          hasAll(row && { segment: Number(row.segment), offset }, name, size))
      )
    })
  }

  /** Whether only the segment of the gateway is left, and nothing is remembered of other writers. */
  #isDeleted(): boolean {
    const { auditFolder } = this.server
    const left = (name: string) => {
      const folder = join(auditFolder, name)
      return existsSync(folder) ? readdirSync(folder).length : 0
    }
    return (
      this.#segments.length === 1 &&
      left('positions/copy') === OWN_POSITIONS &&
      left('positions/outcomes') === 0 &&
      left('claims') === 0
    )
  }
}

const EVERYTHING = {
  Version: '2012-10-17' as const,
  Statement: [{ Effect: 'Allow' as const, Action: ['*'], Resource: ['*'] }],
}

function hasAll(
  position: Readonly<{ segment: number; offset: number }> | undefined,
  { segment }: SegmentName,
  bytes: number,
): boolean {
  if (position === undefined) return false
  return position.segment === segment ? position.offset >= bytes : position.segment > segment
}

/** Returns the records of a copy. */
export function copiedIn(file: string): readonly CopiedRecord[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter(isWhole)
    .map(line => JSON.parse(line))
}

/** A crash can leave a part of a line. */
function isWhole(line: string): boolean {
  try {
    return JSON.parse(line) !== undefined
  } catch {
    return false
  }
}
