/**
 * Conformance check: sends a fixed list of requests, and records the server's response to each.
 *
 * @module
 */

import { looksLikeGromox } from '../../src/ews/gromox-id.ts'
import { placeOf } from '../../src/ews/item-id.ts'
import type { ConformanceReport, ProbeName, ProbeResult } from '../../src/model/conformance.ts'
import { PROBES, SHOWN, type ShowingProbe } from '../../src/model/conformance.ts'
import { SERVER_KINDS, type ServerKind } from '../../src/model/server-kind.ts'
import type { CallOptions, Client, Reply } from './client.ts'
import { CreatedItems } from './created-items.ts'
import {
  type Addresses,
  attach,
  createWithoutDisposition,
  deleteItem,
  findBySubject,
  folderIdIn,
  GET_TIME_ZONES,
  getFolder,
  getFolderById,
  getItem,
  getShown,
  hasRootItem,
  type ItemId,
  isDraftIn,
  itemIdIn,
  namesIn,
  parentIdIn,
  SUBSCRIBE,
  saveEvent,
  saveMessage,
  saveWithoutFolder,
  sendItem,
  subscriptionIdIn,
  updateSubject,
} from './elements.ts'

/** Wrong arguments, or a server that can't be checked. */
export class ConformanceError extends Error {
  override readonly name = 'ConformanceError'
}

/** Options of a conformance check. */
export type ConformanceOptions = Readonly<{
  kind: ServerKind
  mailbox: string
  other: string
  /** Address of a mailbox that the account may not impersonate. */
  ungranted?: string
  /** Unique part of the subject of all test messages. */
  token: string
  pause: (ms: number) => Promise<void>
  /** Stops the check. The items that it created are still removed. */
  signal: AbortSignal
}>

/** Result of a check. The report is absent if the check failed or was stopped. */
export type CheckResult = Readonly<{
  report?: ConformanceReport
  error?: unknown
  isClean: boolean
}>

/** Runs the check, and removes what it created. */
export async function checkConformance(
  client: Client,
  options: ConformanceOptions,
): Promise<CheckResult> {
  const subject = `ews-gateway conformance check ${options.token}`
  const created = new CreatedItems(client, subject, options.pause)
  const check = new Check(client, created, subject, options)
  const error = await check.run().then(
    () => undefined,
    (reason: unknown) => ({ reason }),
  )
  const isClean = await created.remove()
  if (error !== undefined) return { error: error.reason, isClean }
  return {
    report: { ...check.report(), version: client.serverVersion() ?? null, isClean },
    isClean,
  }
}

const SKIPPED: ProbeResult = { form: 'skipped' }

class Check {
  readonly #client: Client
  readonly #created: CreatedItems
  readonly #subject: string
  readonly #options: ConformanceOptions
  readonly #results = new Map<ProbeName, ProbeResult>()
  #folderId = ''
  #cookies: ReadonlyMap<string, string> = new Map()

  constructor(client: Client, created: CreatedItems, subject: string, options: ConformanceOptions) {
    this.#client = client
    this.#created = created
    this.#subject = subject
    this.#options = options
  }

  report(): Omit<ConformanceReport, 'version' | 'isClean'> {
    const { kind } = this.#options
    return {
      format: 1,
      kind,
      ids: placeOf(this.#folderId).kind === 'opaque' ? 'opaque' : 'mailbox',
      affinityCookies: [...this.#cookies.keys()].sort(),
      largeBodyBytes: largeBodyBytes(kind),
      probes: Object.fromEntries(
        PROBES.map(name => [name, this.#results.get(name) ?? SKIPPED]),
      ) as Record<ProbeName, ProbeResult>,
    }
  }

  async run(): Promise<void> {
    await this.#compareMailboxes()
    await this.#read()
    await this.#tryForeignItem()
    await this.#saveWithoutFolder()
    await this.#draft()
    await this.#readMeeting()
    await this.#writeStale()
    await this.#sendAs()
    await this.#impersonate()
    await this.#subscribe()
    const { mailbox, kind } = this.#options
    await this.#probe('large-body', mailbox, getFolder(), { bytes: largeBodyBytes(kind) })
  }

  async #compareMailboxes(): Promise<void> {
    const { mailbox, other } = this.#options
    const first = await this.#probe('read-folder', mailbox, getFolder())
    requireOpen('--mailbox', mailbox, first)
    const second = await this.#call(other, getFolder())
    requireOpen('--other', other, second)
    this.#folderId = folderIdIn(first.text) ?? ''
    const otherId = folderIdIn(second.text) ?? ''
    if (this.#folderId === otherId)
      throw new ConformanceError(
        `--mailbox and --other are the same mailbox: ${mailbox} and ${other}. Name two mailboxes.`,
      )
    const mixed = mixedGromoxId(this.#folderId, otherId)
    if (mixed !== undefined) await this.#probe('read-mixed-id', mailbox, getFolderById(mixed))
  }

  async #read(): Promise<void> {
    const { mailbox, other } = this.#options
    await this.#probe('find-items', mailbox, findBySubject('inbox', this.#subject))
    await this.#probe('time-zones', mailbox, GET_TIME_ZONES)
    await this.#probe('read-other-folder', mailbox, getFolder(other))
  }

  /** Tries to use an item of the other mailbox. */
  async #tryForeignItem(): Promise<void> {
    const { mailbox, other } = this.#options
    const item = await this.#save(other)
    if (item !== undefined) await this.#probe('read-foreign-id', mailbox, getItem(item))
    await this.#probe('write-other-folder', mailbox, saveMessage(this.#subject, other))
    if (item !== undefined) await this.#probe('delete-foreign-id', mailbox, deleteItem(item))
  }

  /** Saves a message, and looks in which folder it is. */
  async #saveWithoutFolder(): Promise<void> {
    const { mailbox } = this.#options
    this.#created.expectMessages(mailbox)
    const saved = await this.#probe(
      'save-without-folder',
      mailbox,
      saveWithoutFolder(this.#subject),
    )
    const item = itemIdIn(saved.text)
    if (item === undefined) return
    const parent = parentIdIn((await this.#call(mailbox, getShown(item))).text)
    const shown: string[] = []
    for (const name of SHOWN['save-without-folder']) {
      const { text } = await this.#call(mailbox, getFolder(undefined, name))
      if (parent !== undefined && parent === folderIdIn(text)) shown.push(name)
    }
    this.#show('save-without-folder', shown)
  }

  /** Creates a message in the drafts folder, looks at it, attaches a file, and updates it. */
  async #draft(): Promise<void> {
    const { mailbox } = this.#options
    this.#created.expectMessages(mailbox)
    const created = createWithoutDisposition(this.#subject)
    await this.#probe('save-without-disposition', mailbox, created)
    const item = await this.#save(mailbox)
    if (item === undefined) return
    const read = await this.#probe('read-draft', mailbox, getShown(item))
    this.#show('read-draft', isDraftIn(read.text) ? ['draft'] : [])
    const update = updateSubject(item, this.#subject, '')
    await this.#probe('update-without-disposition', mailbox, update)
    const attached = await this.#probe('attach', mailbox, attach(item))
    this.#show('attach', hasRootItem(attached.text) ? ['root-item'] : [])
  }

  async #readMeeting(): Promise<void> {
    const { mailbox } = this.#options
    this.#created.expectMessages(mailbox)
    const item = itemIdIn((await this.#call(mailbox, saveEvent(this.#subject))).text)
    if (item === undefined) return
    const read = await this.#probe('read-meeting', mailbox, getShown(item))
    this.#show('read-meeting', namesIn(read.text))
  }

  /**
   * Updates a message twice with the same ChangeKey, which is outdated the second time, and sends it to its own mailbox with
   * that ChangeKey.
   */
  async #writeStale(): Promise<void> {
    const { mailbox } = this.#options
    const item = await this.#save(mailbox, { from: mailbox, to: mailbox })
    if (item === undefined) return
    const update = updateSubject(item, this.#subject)
    const first = await this.#call(mailbox, update)
    if (first.result.code !== 'NoError') return
    await this.#probe('write-stale', mailbox, update)
    const { result } = await this.#probe('send-stale', mailbox, sendItem(item))
    if (result.code === 'NoError') this.#created.sent()
  }

  /** Sends a stored message with the other mailbox as its sender. */
  async #sendAs(): Promise<void> {
    const { mailbox, other } = this.#options
    const addresses = { from: other, to: mailbox }
    this.#created.expectMessages(mailbox, other)
    const saved = await this.#call(mailbox, saveMessage(this.#subject, undefined, addresses))
    const item = itemIdIn(saved.text)
    if (item === undefined) {
      this.#results.set('send-as', saved.result)
      return
    }
    const { result } = await this.#probe('send-as', mailbox, sendItem(item))
    if (result.code === 'NoError') this.#created.sent()
  }

  async #impersonate(): Promise<void> {
    const { mailbox, ungranted, token } = this.#options
    const unknown = `ews-gateway-${token}${mailbox.slice(mailbox.lastIndexOf('@'))}`
    await this.#probe('impersonate-unknown', unknown, getFolder())
    if (ungranted !== undefined) await this.#probe('impersonate-ungranted', ungranted, getFolder())
  }

  /** Subscribes for the anchor mailbox, and for the other one on the same server. */
  async #subscribe(): Promise<void> {
    const { mailbox, other } = this.#options
    const affinity = { anchorMailbox: mailbox, cookies: new Map<string, string>() }
    const anchor = await this.#probe('subscribe', mailbox, SUBSCRIBE, { affinity })
    this.#keepSubscription(mailbox, anchor)
    this.#cookies = anchor.cookies
    const group = { anchorMailbox: mailbox, cookies: anchor.cookies }
    const member = await this.#probe('subscribe-member', other, SUBSCRIBE, { affinity: group })
    this.#keepSubscription(other, member)
  }

  #keepSubscription(owner: string, { text }: Reply): void {
    const id = subscriptionIdIn(text)
    if (id !== undefined) this.#created.addSubscription(owner, id)
  }

  async #save(address: string, addresses?: Addresses): Promise<ItemId | undefined> {
    this.#created.expectMessages(address)
    const message = saveMessage(this.#subject, undefined, addresses)
    const { text } = await this.#call(address, message)
    return itemIdIn(text)
  }

  async #probe(
    name: ProbeName,
    address: string,
    element: string,
    options?: CallOptions,
  ): Promise<Reply> {
    const reply = await this.#call(address, element, options)
    this.#results.set(name, reply.result)
    return reply
  }

  /** Adds what the content of a response shows to the result of a probe that has no error. */
  #show(name: ShowingProbe, shown: readonly string[]): void {
    const result = this.#results.get(name)
    if (result?.form !== 'response' || result.code !== 'NoError') return
    this.#results.set(name, { ...result, shows: SHOWN[name].filter(word => shown.includes(word)) })
  }

  #call(address: string, element: string, options?: CallOptions): Promise<Reply> {
    return this.#client.call(address, element, { ...options, signal: this.#options.signal })
  }
}

/** Bytes of the GUID of the mailbox in an ID of grommunio. */
const MAILBOX_BYTES = [4, 20] as const

/**
 * Returns an ID of grommunio that names another mailbox too: by the GUID, which the server may ignore. Returns undefined
 * for IDs of another form.
 */
function mixedGromoxId(id: string, other: string): string | undefined {
  const [bytes, others] = [Buffer.from(id, 'base64'), Buffer.from(other, 'base64')]
  if (!looksLikeGromox(bytes, bytes.length) || !looksLikeGromox(others, others.length))
    return undefined
  others.copy(bytes, MAILBOX_BYTES[0], ...MAILBOX_BYTES)
  return bytes.toString('base64')
}

/** Returns a size above the known limit of the server. */
const largeBodyBytes = (kind: ServerKind) => SERVER_KINDS[kind].bodyBytes + 1

const DENIED: readonly string[] = ['ErrorImpersonateUserDenied', 'ErrorImpersonationDenied']

/** @throws ConformanceError if a mailbox can't be opened */
function requireOpen(option: string, address: string, { result }: Reply): void {
  if (result.code === 'NoError') return
  const why = `${option}: cannot open ${address} (${result.code}).`
  if (result.form === 'none')
    throw new ConformanceError(`${why} Run check-upstream without --conformance.`)
  const step = DENIED.includes(result.code)
    ? 'Let the service account impersonate it: check-upstream --as shows how.'
    : 'Name an address that has a mailbox on this server.'
  throw new ConformanceError(`${why} ${step}`)
}
