/**
 * Mailboxes in a sandbox in this process, with a canary in every folder. Requests run without sockets, and every
 * change is undone, so that each mutant meets the same mailboxes.
 *
 * @module
 */

import { Dispatcher } from '../../sandbox/dispatch.ts'
import { Exchange, type OpenedMailbox } from '../../sandbox/exchange.ts'
import { type Hidden, hiddenIn } from '../../sandbox/hidden.ts'
import { Journal, type SeenRequest } from '../../sandbox/journal.ts'
import type { Mailbox } from '../../sandbox/mailbox.ts'
import { operationTable } from '../../sandbox/operations/table.ts'
import { itemChangeKey } from '../../sandbox/references.ts'
import type { Sent } from '../../sandbox/sent.ts'
import { writeAnswer, writeFault } from '../../sandbox/soap.ts'
import type { Folder, Item, MailStore, StoreEvent } from '../../sandbox/store.ts'
import type { SubscriptionRequest } from '../../sandbox/subscriptions.ts'
import { filesIn, heardIn, kindOfContainer, type Place, plantIn } from './canary-plants.ts'
import { restorersOf } from './canary-restore.ts'
import {
  directoryEntriesIn,
  directoryName,
  KeptSettings,
  plantSettings,
  type SettingChange,
  type SettingPlace,
  settingsIn,
} from './canary-settings.ts'
import { ACTOR, type Kind, OWNERS } from './canary-table.ts'
import { AT } from './canary-time.ts'
import { ServerSettings } from './server/mailbox-settings.ts'
import { moreOperations } from './server/table.ts'
import { SERVICE, USERS } from './world.ts'

const WATCHED: ReadonlySet<string> = new Set(['inbox', 'calendar', 'contacts', 'tasks'])
const LIFETIME_MS = 3_600_000
const EVENTS = new Set(
  ['NewMail', 'Created', 'Deleted', 'Modified', 'Moved', 'Copied'].map(name => `${name}Event`),
)

/** Settings that are rules or grants. The sandbox lists the others itself. */
const SETTINGS: Readonly<Partial<Record<SettingChange['what'], Hidden['kind']>>> = {
  rules: 'rule',
  delegates: 'grant',
}

/** A subscription that watches one folder. */
export type Watch = Readonly<{ id: string; owner: string; kind: Kind }>

/** Everything that a request did in the sandbox. */
export type Run = Readonly<{
  answer: string
  /** Executed operations, each with the user that it ran as. */
  executed: readonly Readonly<{ operation: string; as: string }>[]
  events: readonly StoreEvent[]
  subscribed: readonly SubscriptionRequest[]
  sent: readonly Sent[]
  /** Mailboxes that the operation opened. */
  opened: readonly OpenedMailbox[]
  /** New hidden content, rules, and grants. */
  hidden: readonly Hidden[]
  /** Changed settings. */
  set: readonly SettingChange[]
  /** Subscriptions that ended. */
  ended: readonly Watch[]
}>

/** A request that the gateway itself sent to the server. */
export type Asked = Readonly<{ as: string; request: string }>

export class CanaryMailboxes {
  readonly places: Place[] = []
  /** Undefined after a change, because few requests need subscriptions. */
  #watches: readonly Watch[] | undefined
  readonly #exchange: Exchange
  readonly #journal = new Journal(() => AT)
  readonly #strict: Dispatcher
  readonly #lenient: Dispatcher
  readonly #byId = new Map<string, Place>()
  /** Places by the other formats of their IDs. */
  readonly #byEntry = new Map<string, Place>()
  readonly #byItem = new Map<Item, Place>()
  readonly #mailboxes: readonly Mailbox[]
  readonly #settings = new ServerSettings()
  readonly #planted: SettingPlace[] = []
  readonly #kept: readonly KeptSettings[]
  /** Hidden content that is planted. */
  readonly #hidden: ReadonlySet<string>
  readonly #kinds = new Map<Folder, Kind>()
  readonly #events: StoreEvent[] = []
  readonly #asked: Asked[] = []
  /** Stores that a request has changed, also those without canaries, which can receive forwarded ones. */
  readonly #changed = new Set<MailStore>()
  readonly #subscribed: SubscriptionRequest[] = []
  /** Folders that subscriptions watch. */
  readonly #watched: readonly (readonly [Folder, Kind])[]
  readonly #restorers: ReadonlyMap<MailStore, () => void>

  /** @param gromox - whether operations run as in grommunio */
  constructor(gromox = false) {
    this.#exchange = new Exchange({
      username: SERVICE,
      password: '',
      serviceAddress: SERVICE,
      users: USERS.map(user => ({
        ...user,
        empty: true,
        displayName: directoryName(user.primarySmtpAddress),
      })),
      delegations: OWNERS.map(owner => ({ owner, delegate: ACTOR })),
      now: () => AT,
      gromox,
    })
    const table = new Map([
      ...operationTable(() => () => undefined, true),
      ...moreOperations(this.#settings),
    ])
    const dispatcher = (lenient: boolean) =>
      new Dispatcher(this.#exchange, this.#journal, table, lenient)
    this.#strict = dispatcher(false)
    this.#lenient = dispatcher(true)
    const mailboxes = OWNERS.map(owner => this.#exchange.byAddress(owner) as Mailbox)
    this.#mailboxes = this.#exchange.mailboxes
    for (const mailbox of mailboxes) this.#plantIn(mailbox)
    this.#kept = this.#mailboxes.map(
      mailbox => new KeptSettings(mailbox, this.#settings.of(mailbox)),
    )
    this.#hidden = new Set(this.#allHidden().map(({ by }) => by))
    const others = USERS.flatMap(({ primarySmtpAddress: address }) =>
      (OWNERS as readonly string[]).includes(address)
        ? []
        : [this.#exchange.byAddress(address) as Mailbox],
    )
    this.#restorers = restorersOf([...mailboxes, ...others])
    for (const store of others.flatMap(({ primary, archive }) => [primary, archive]))
      store.listeners.add(() => this.#changed.add(store))
    this.#watched = [...this.#kinds].filter(([{ distinguishedId = '' }]) =>
      WATCHED.has(distinguishedId),
    )
    this.#observe()
  }

  /** Open subscriptions, in whose folders something happened. */
  get watches(): readonly Watch[] {
    this.#watches ??= this.#watch()
    return this.#watches
  }

  /**
   * Runs a request, lets a verdict be found, and undoes all changes.
   *
   * @param lenient - whether the server reads the request as grommunio does
   */
  run<T>(bytes: Buffer, lenient: boolean, verdict: (run: Run) => T): T {
    const { executed } = this.#journal
    executed.length = 0
    this.#exchange.opened.length = 0
    const answer = this.#answer(bytes, lenient ? this.#lenient : this.#strict)
    const [events, subscribed] = [[...this.#events], [...this.#subscribed]]
    const sent = this.#exchange.sent.splice(0)
    const opened = this.#exchange.opened.splice(0)
    const set = executed.length === 0 ? [] : this.#kept.flatMap(kept => kept.changes())
    const usesWatch = executed.some(({ operation }) => /Events$|ubscribe$/.test(operation))
    const result = verdict({
      answer,
      executed,
      events,
      subscribed,
      sent,
      opened,
      hidden: events.length === 0 && set.length === 0 ? [] : this.#newHidden(set),
      set,
      ended: usesWatch ? (this.#watches ?? []).filter(({ id }) => !this.#isOpen(id)) : [],
    })
    for (const { folder } of events) this.#changed.add(folder.store)
    // A request that fails can have changed what no event tells.
    if (answer.includes('ResponseClass="Error"'))
      for (const { owner } of opened) {
        const { primary, archive } = this.#exchange.byAddress(owner) as Mailbox
        this.#changed.add(primary).add(archive)
      }
    for (const store of this.#changed) this.#restorers.get(store)?.()
    this.#changed.clear()
    if (set.length > 0) for (const kept of this.#kept) kept.restore()
    if (events.length > 0 || usesWatch) {
      this.#exchange.nodes.closeAll()
      this.#watches = undefined
    }
    this.#events.length = 0
    this.#subscribed.length = 0
    return result
  }

  /** Returns the answer to a request of the gateway itself. */
  ask(bytes: Buffer): string {
    const { executed } = this.#journal
    executed.length = 0
    const answer = this.#answer(bytes, this.#strict)
    const request = bytes.toString()
    this.#asked.push(...executed.map(({ as }) => ({ as, request })))
    return answer
  }

  /** Returns what the gateway itself asked since the last call. */
  takeAsked(): readonly Asked[] {
    return this.#asked.splice(0)
  }

  /** Returns the planted settings that are in a text. */
  settingsIn(text: string): SettingPlace[] {
    return settingsIn(text).flatMap(number => this.#planted[number] ?? [])
  }

  /** Returns the addresses of the entries of the address book that are in a text. */
  directoryEntriesIn = directoryEntriesIn

  /** Returns the places whose canaries are in a text, in clear or encoded. */
  heardIn(text: string): Place[] {
    return heardIn(text).flatMap(number => this.places[number] ?? [])
  }

  /** Returns the places whose files are in a text. */
  filesIn(text: string): Place[] {
    return filesIn(text).flatMap(number => this.places[number] ?? [])
  }

  /** Returns the place of a folder, a canary, or its file, by its ID. */
  placeOf(id: string): Place | undefined {
    return this.#byId.get(id)
  }

  /** Returns the place of a folder or a canary by its ID in any format. */
  placeOfAny(id: string): Place | undefined {
    return this.#byId.get(id) ?? this.#byEntry.get(decodeURIComponent(id))
  }

  /** Returns the place of a planted item. Undefined for items that a request made. */
  placeOfItem(item: Item): Place | undefined {
    return this.#byItem.get(item)
  }

  /** Returns the present ChangeKey of the item with an ID. */
  changeKeyOf(id: string): string | undefined {
    const place = this.#byId.get(id)
    return place && itemChangeKey(place.item)
  }

  /** Kind of a folder; that of its container class if a request made it. */
  kindOf(folder: Folder): Kind {
    const known = this.#kinds.get(folder)
    if (known !== undefined) return known
    return kindOfContainer(folder.folderClass)
  }

  #answer(bytes: Buffer, dispatcher: Dispatcher): string {
    const seen = { headers: {} } as SeenRequest
    const outcome = dispatcher.run(bytes, seen)
    if (outcome.kind === 'answer') return writeAnswer(outcome.answer)
    if (outcome.kind === 'fault') return writeFault(outcome.fault)
    const parts: string[] = []
    const stop = outcome.stream.open(
      part => parts.push(writeAnswer(part)),
      () => undefined,
    )
    stop()
    return parts.join('')
  }

  #plantIn({ primary, archive, user }: Mailbox) {
    const planted = plantIn(user.primarySmtpAddress, primary, archive, this.places.length, AT)
    for (const place of planted) {
      this.places.push(place)
      this.#kinds.set(place.folder, place.kind)
      this.#byItem.set(place.item, place)
      if (!this.#byId.has(place.folderId)) this.#byId.set(place.folderId, place)
      for (const id of [place.itemId, place.attachmentId]) this.#byId.set(id, place)
      for (const id of [place.folderId, place.itemId])
        for (const other of this.#entriesOf(id))
          if (!this.#byEntry.has(other)) this.#byEntry.set(other, place)
    }
    const mailbox = this.#exchange.byAddress(user.primarySmtpAddress) as Mailbox
    const settings = this.#settings.of(mailbox)
    this.#planted.push(...plantSettings(mailbox, settings, this.#planted.length))
  }

  /** Returns the other formats of an ID. */
  #entriesOf(id: string): readonly string[] {
    const { ids } = this.#exchange
    const target = ids.read(id)
    const entry = target && ids.entryOf(target)
    return entry ? [id, entry.toString('base64'), entry.toString('hex').toUpperCase()] : []
  }

  #allHidden(): readonly Hidden[] {
    return this.#mailboxes.flatMap(hiddenIn)
  }

  /** Returns the hidden content that is not planted, with the rules and grants among the settings. */
  #newHidden(set: readonly SettingChange[]): readonly Hidden[] {
    return [
      ...this.#allHidden().filter(({ by }) => !this.#hidden.has(by)),
      ...set.flatMap(({ what, key, value }): Hidden[] => {
        const kind = SETTINGS[what]
        return kind === undefined || value === undefined ? [] : [{ kind, by: `${what} ${key}` }]
      }),
    ]
  }

  #isOpen(id: string): boolean {
    const { nodes } = this.#exchange
    const { subscriptions } = nodes.route({}, this.#exchange.byAddress(ACTOR) as Mailbox)
    return subscriptions.find(id) !== undefined
  }

  /** Opens all subscriptions, and lets something happen in their folders. */
  #watch(): readonly Watch[] {
    const { nodes } = this.#exchange
    nodes.closeAll()
    const { subscriptions } = nodes.route({}, this.#exchange.byAddress(ACTOR) as Mailbox)
    const watches = this.#watched.flatMap(([folder, kind]) =>
      (['pull', 'streaming'] as const).map(streams => {
        const { id } = subscriptions.open({
          kind: streams,
          stores: [folder.store],
          folders: new Set([folder]),
          eventTypes: EVENTS,
          lifetimeMs: LIFETIME_MS,
        })
        return { id, owner: folder.store.owner, kind }
      }),
    )
    for (const [folder] of this.#watched) for (const item of folder.items.values()) touch(item)
    this.#events.length = 0
    this.#subscribed.length = 0
    return watches
  }

  /** Records all changes of stores, and all subscriptions that requests open. */
  #observe() {
    const { nodes } = this.#exchange
    for (const folder of this.#kinds.keys()) folder.store.listeners.add(this.#record)
    const { subscriptions } = nodes.route({}, this.#exchange.byAddress(ACTOR) as Mailbox)
    const open = subscriptions.open.bind(subscriptions)
    subscriptions.open = request => {
      this.#subscribed.push(request)
      return open(request)
    }
  }

  readonly #record = (event: StoreEvent) => {
    this.#events.push(event)
  }
}

const touch = (item: Item) => item.folder.store.touchItem(item)
