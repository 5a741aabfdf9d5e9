/**
 * Mailboxes in a sandbox in this process, with a canary in every folder. Requests run without sockets, and every
 * change is undone, so that each mutant meets the same mailboxes.
 *
 * @module
 */

import type { Attachment } from '../../src/sandbox/attachment.ts'
import { Dispatcher } from '../../src/sandbox/dispatch.ts'
import { Exchange } from '../../src/sandbox/exchange.ts'
import { Journal, type SeenRequest } from '../../src/sandbox/journal.ts'
import { propertyMap } from '../../src/sandbox/mail.ts'
import type { Mailbox } from '../../src/sandbox/mailbox.ts'
import { operationTable } from '../../src/sandbox/operations/table.ts'
import { extendedKey } from '../../src/sandbox/properties.ts'
import { attachmentId, folderIdText, itemIdText } from '../../src/sandbox/references.ts'
import { writeAnswer, writeFault } from '../../src/sandbox/soap.ts'
import type { Folder, Item, MailStore, StoreEvent } from '../../src/sandbox/store.ts'
import type { SubscriptionRequest } from '../../src/sandbox/subscriptions.ts'
import { t } from '../../src/sandbox/xml.ts'
import { restorersOf } from './canary-restore.ts'
import { ACTOR, type Kind, kindOfName, OWNERS } from './canary-table.ts'
import { SERVICE, USERS } from './world.ts'

/** Time of everything, so that a mutant's number is enough to repeat it. */
export const AT = Date.parse('2026-11-28T12:00:00Z')

const WATCHED: ReadonlySet<string> = new Set(['inbox', 'calendar', 'contacts', 'tasks'])
const LIFETIME_MS = 3_600_000
const EVENTS = new Set(
  ['NewMail', 'Created', 'Deleted', 'Modified', 'Moved', 'Copied'].map(name => `${name}Event`),
)

/** A folder with a canary: an item whose texts, file, and file name are in no other item. */
export type Place = Readonly<{
  owner: string
  kind: Kind
  /** Kind that the container class alone tells. */
  seems: Kind
  /** Name of a distinguished folder. */
  name: string | undefined
  folderId: string
  itemId: string
  attachmentId: string
}>

/** A subscription that watches one folder. */
export type Watch = Readonly<{ id: string; owner: string; kind: Kind }>

/** Everything that a request did in the sandbox. */
export type Run = Readonly<{
  answer: string
  /** Executed operations, each with the user that it ran as. */
  executed: readonly Readonly<{ operation: string; as: string }>[]
  events: readonly StoreEvent[]
  subscribed: readonly SubscriptionRequest[]
  sent: number
}>

/** The property by which Exchange tells search folders. */
const FOLDER_TYPE = t('ExtendedFieldURI', { PropertyTag: '0x3601', PropertyType: 'Integer' })
const SEARCH = t('ExtendedProperty', FOLDER_TYPE, t('Value', '2'))

/** Beginning of the names of search folders outside of the folder of search folders. */
const SEARCH_IN = 'Search in '

/** Folders that users or the server made: `[name, parent, container class, kind]`. */
const MADE = [
  ['Projects', 'inbox', 'IPF.Note', 'mail'],
  ['Team', 'calendar', 'IPF.Appointment', 'calendar'],
  ['Mail in the calendar', 'calendar', 'IPF.Note', 'mail'],
  ['Contacts in the inbox', 'inbox', 'IPF.Contact', 'contacts'],
  ['Files', 'inbox', 'IPF.Files', 'none'],
  ['Without a class', 'inbox', 'IPF', 'none'],
  [`${SEARCH_IN}inbox`, 'inbox', 'IPF.Note', 'none'],
  [`${SEARCH_IN}calendar`, 'calendar', 'IPF.Appointment', 'none'],
  [`${SEARCH_IN}contacts`, 'contacts', 'IPF.Contact', 'none'],
  [`${SEARCH_IN}tasks`, 'tasks', 'IPF.Task', 'none'],
  ['Unread', 'searchfolders', 'IPF.Note', 'none'],
  ['In unread', 'Unread', 'IPF.Note', 'none'],
  ['Deleted team', 'recoverableitemsdeletions', 'IPF.Appointment', 'hidden'],
  ['In deleted team', 'Deleted team', 'IPF.Appointment', 'hidden'],
] as const

const ITEMS: Readonly<Partial<Record<Kind, readonly [element: string, itemClass: string]>>> = {
  calendar: ['CalendarItem', 'IPM.Appointment'],
  contacts: ['Contact', 'IPM.Contact'],
  tasks: ['Task', 'IPM.Task'],
  notes: ['Message', 'IPM.StickyNote'],
  other: ['Message', 'IPM.Activity'],
}

/** Text that only one canary has. A search finds it at any offset of base64, which {@link heardIn} decodes. */
const textOf = (number: number) => `Canary-${number}-`
const TEXT = /Canary-(\d+)-/g
const ENCODED = />([A-Za-z0-9+/]{40,}={0,2})</g

export class CanaryMailboxes {
  readonly places: Place[] = []
  watches: readonly Watch[] = []
  readonly #exchange: Exchange
  readonly #journal = new Journal(() => AT)
  readonly #strict: Dispatcher
  readonly #lenient: Dispatcher
  readonly #byId = new Map<string, Place>()
  readonly #kinds = new Map<Folder, Kind>()
  readonly #events: StoreEvent[] = []
  /** Stores that a request has changed, also those without canaries, which can receive forwarded ones. */
  readonly #changed = new Set<MailStore>()
  readonly #subscribed: SubscriptionRequest[] = []
  /** Folders that subscriptions watch. */
  readonly #watched: readonly (readonly [Folder, Kind])[]
  readonly #restorers: ReadonlyMap<MailStore, () => void>

  constructor() {
    this.#exchange = new Exchange({
      username: SERVICE,
      password: '',
      serviceAddress: SERVICE,
      users: USERS.map(user => ({ ...user, empty: true })),
      delegations: OWNERS.map(owner => ({ owner, delegate: ACTOR })),
      now: () => AT,
    })
    const table = operationTable(() => () => undefined, false)
    const dispatcher = (lenient: boolean) =>
      new Dispatcher(this.#exchange, this.#journal, table, lenient)
    this.#strict = dispatcher(false)
    this.#lenient = dispatcher(true)
    const mailboxes = OWNERS.map(owner => this.#exchange.byAddress(owner) as Mailbox)
    for (const mailbox of mailboxes) this.#plantIn(mailbox)
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
    this.#watch()
    this.#observe()
  }

  /** Runs a request, lets a verdict be found, and undoes all changes. */
  run<T>(bytes: Buffer, lenient: boolean, verdict: (run: Run) => T): T {
    const { executed } = this.#journal
    executed.length = 0
    const answer = this.#answer(bytes, lenient ? this.#lenient : this.#strict)
    const [events, subscribed] = [[...this.#events], [...this.#subscribed]]
    const sent = this.#exchange.sent.splice(0).length
    const result = verdict({ answer, executed, events, subscribed, sent })
    for (const { folder } of events) this.#changed.add(folder.store)
    for (const store of this.#changed) this.#restorers.get(store)?.()
    this.#changed.clear()
    const usesWatch = executed.some(({ operation }) => /Events$|ubscribe$/.test(operation))
    if (events.length > 0 || usesWatch) this.#watch()
    this.#events.length = 0
    this.#subscribed.length = 0
    return result
  }

  /** Returns the answer to a request of the gateway itself. */
  ask(bytes: Buffer): string {
    return this.#answer(bytes, this.#strict)
  }

  /** Returns the places whose canaries are in a text, in clear or encoded. */
  heardIn(text: string): Place[] {
    const decoded = [...text.matchAll(ENCODED)].map(([, encoded = '']) =>
      Buffer.from(encoded, 'base64').toString('latin1'),
    )
    return [text, ...decoded]
      .flatMap(part => [...part.matchAll(TEXT)])
      .flatMap(([, number]) => this.places[Number(number)] ?? [])
  }

  /** Returns the place of a folder, a canary, or its file, by its ID. */
  placeOf(id: string): Place | undefined {
    return this.#byId.get(id)
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
    const plant = (folder: Folder, kind: Kind) =>
      this.#plant(folder, kind, user.primarySmtpAddress, this.places.length)
    for (const store of [primary, archive])
      for (const folder of [...store.folders.values()])
        plant(folder, kindOfName(folder.distinguishedId ?? '') ?? 'none')
    const parentOf = (name: string) =>
      primary.distinguished(name) ??
      [...primary.folders.values()].find(({ displayName }) => displayName === name)
    for (const [name, parent, container, kind] of MADE) {
      const folder = primary.addFolder(parentOf(parent), name, container)
      if (name.startsWith(SEARCH_IN)) folder.properties.set(extendedKey(FOLDER_TYPE), SEARCH)
      plant(folder, kind)
    }
  }

  #plant(folder: Folder, kind: Kind, owner: string, number: number) {
    const text = textOf(number)
    const [element, itemClass] = ITEMS[kind] ?? ['Message', 'IPM.Note']
    const item = folder.store.addItem(folder, {
      kind: element,
      properties: propertyMap([
        t('ItemClass', itemClass),
        t('Subject', text),
        t('DisplayName', text),
        t('Body', { BodyType: 'Text' }, text),
        t('IsDraft', 'true'),
        t('Start', '2026-12-01T09:00:00Z'),
        t('End', '2026-12-01T10:00:00Z'),
        t('EmailAddresses', t('Entry', { Key: 'EmailAddress1' }, `canary${number}@out.example`)),
      ]),
      attachments: [fileOf(text, folder.store.nextCounter())],
    })
    this.#kinds.set(folder, kind)
    const place = {
      owner,
      kind,
      seems: kindOfContainer(folder.folderClass),
      name: folder.distinguishedId,
      folderId: folderIdText(folder),
      itemId: itemIdText(item),
      attachmentId: attachmentId(item, item.attachments[0] as Attachment).attribute('Id') ?? '',
    }
    this.places.push(place)
    for (const id of [place.folderId, place.itemId, place.attachmentId]) this.#byId.set(id, place)
  }

  /** Opens all subscriptions, and lets something happen in their folders. */
  #watch() {
    const { nodes } = this.#exchange
    nodes.closeAll()
    const { subscriptions } = nodes.route({}, this.#exchange.byAddress(ACTOR) as Mailbox)
    this.watches = this.#watched.flatMap(([folder, kind]) =>
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

const CONTAINERS: readonly (readonly [container: string, kind: Kind])[] = [
  ['IPF.Note', 'mail'],
  ['IPF.Appointment', 'calendar'],
  ['IPF.Contact', 'contacts'],
  ['IPF.Task', 'tasks'],
  ['IPF.StickyNote', 'notes'],
]

const kindOfContainer = (folderClass: string): Kind =>
  CONTAINERS.find(([container]) => folderClass.startsWith(container))?.[1] ?? 'none'

const touch = (item: Item) => item.folder.store.touchItem(item)

const fileOf = (text: string, counter: number): Attachment => ({
  counter,
  name: text,
  contentType: 'text/plain',
  contentId: undefined,
  contentLocation: undefined,
  isInline: false,
  modifiedAt: AT,
  content: Buffer.from(text.repeat(4)),
  item: undefined,
})
