/**
 * The organization: mailboxes, address book, and access to mailboxes.
 *
 * @module
 */

import type { ConformanceReport } from '../src/model/conformance.ts'
import { foldName } from '../src/model/identity.ts'
import { Behavior } from './behavior.ts'
import { GROMOX_IDS, numberStores } from './gromox-ids.ts'
import { EXCHANGE_IDS, type IdForm } from './ids.ts'
import { type Mailbox, openMailbox } from './mailbox.ts'
import { Nodes } from './nodes.ts'
import { OPAQUE_IDS } from './opaque-ids.ts'
import type { SandboxOptions, SandboxUser } from './options.ts'
import type { Sent } from './sent.ts'
import type { Item, MailStore } from './store.ts'

/** A distribution list, or a list of rooms. */
export type AddressList = Readonly<{
  address: string
  displayName: string
  members: readonly string[]
  isRoomList: boolean
}>

const KEPT_SENT = 1000

/** A mailbox that an operation opened. */
export type OpenedMailbox = Readonly<{
  /** Primary address of its owner. */
  owner: string
  /** Primary address of the impersonated user. */
  as: string
}>

/** State that operations read and change. */
export class Exchange {
  readonly mailboxes: readonly Mailbox[]
  readonly lists: readonly AddressList[]
  readonly service: Mailbox
  readonly nodes: Nodes
  readonly now: () => number
  readonly behavior: Behavior
  /** Whether operations behave as in grommunio. */
  readonly gromox: boolean
  /** Format of the IDs: that of Exchange or of grommunio. */
  readonly ids: IdForm
  /** The latest sent messages. */
  readonly sent: Sent[] = []
  /** The latest mailboxes that operations opened for users who can open them. */
  readonly opened: OpenedMailbox[] = []
  readonly #byAddress: ReadonlyMap<string, Mailbox>
  readonly #byPrincipalName: ReadonlyMap<string, Mailbox>
  readonly #bySid: ReadonlyMap<string, Mailbox>
  readonly #byGuid: ReadonlyMap<string, Readonly<{ mailbox: Mailbox; store: MailStore }>>
  readonly #delegations: ReadonlySet<string>
  readonly #keepSent: number
  readonly #mayImpersonate: boolean
  readonly #ungranted: ReadonlySet<string>

  constructor(options: SandboxOptions) {
    this.now = options.now ?? Date.now
    this.behavior = new Behavior(options.report)
    this.#mayImpersonate = options.mayImpersonate ?? true
    this.#ungranted = new Set(options.ungranted?.map(foldName))
    this.gromox = options.gromox ?? isLikeGromox(options.report)
    this.ids = idFormOf(options.report, this.gromox)
    this.#keepSent = options.keepSeen ?? KEPT_SENT
    const open = (user: SandboxUser) => openMailbox(user, this.ids, this.now)
    this.service = open(serviceUser(options))
    const others = options.users.filter(user => user !== this.service.user)
    this.mailboxes = [...others.map(open), this.service]
    this.lists = listsOf(options)
    this.nodes = new Nodes(options.nodes ?? {}, this.now)
    this.#byAddress = this.#index(({ primarySmtpAddress, aliases }) => [
      primarySmtpAddress,
      ...aliases,
    ])
    this.#byPrincipalName = this.#index(user => [user.principalName ?? user.primarySmtpAddress])
    this.#bySid = this.#index(({ sid }) => (sid === undefined ? [] : [sid]))
    this.#byGuid = new Map(
      this.mailboxes.flatMap(mailbox =>
        [mailbox.primary, mailbox.archive].map(store => [store.guid, { mailbox, store }] as const),
      ),
    )
    if (this.gromox) numberStores([...this.#byGuid.keys()])
    this.#delegations = new Set(
      options.delegations?.map(({ owner, delegate }) => pair(owner, delegate)),
    )
  }

  byAddress = (address: string) => this.#byAddress.get(foldName(address))
  byPrincipalName = (name: string) => this.#byPrincipalName.get(foldName(name))
  bySid = (sid: string) => this.#bySid.get(foldName(sid))
  byGuid = (guid: string) => this.#byGuid.get(guid)

  /** Whether the service account can impersonate a user. */
  mayImpersonate({ user }: Mailbox): boolean {
    return this.#mayImpersonate && !this.#ungranted.has(foldName(user.primarySmtpAddress))
  }

  /** Whether a user can open a store: their own one, or a delegated one. */
  mayOpen(actor: Mailbox, store: MailStore): boolean {
    if (store === actor.primary || store === actor.archive) return true
    return this.#delegations.has(pair(store.owner, actor.user.primarySmtpAddress))
  }

  ownerOf(item: Item): Mailbox | undefined {
    return this.byAddress(item.folder.store.owner)
  }

  /** Returns the addresses of a recipient. A list is replaced by its members. */
  expand(address: string): readonly string[] {
    const list = this.lists.find(list => foldName(list.address) === foldName(address))
    return list === undefined || list.isRoomList ? [address] : list.members
  }

  /** Records a sent message. */
  noteSent(sent: Sent) {
    this.sent.push(sent)
    while (this.sent.length > this.#keepSent) this.sent.shift()
  }

  /** Records that an operation opened a mailbox. */
  noteOpened({ owner }: MailStore, { user }: Mailbox) {
    this.opened.push({ owner, as: user.primarySmtpAddress })
    while (this.opened.length > this.#keepSent) this.opened.shift()
  }

  #index(keysOf: (user: SandboxUser) => readonly string[]): ReadonlyMap<string, Mailbox> {
    return new Map(
      this.mailboxes.flatMap(mailbox =>
        keysOf(mailbox.user).map(key => [foldName(key), mailbox] as const),
      ),
    )
  }
}

/** Whether the server of a report runs operations like grommunio, the only known server whose reports can have opaque IDs. */
const isLikeGromox = (report: ConformanceReport | undefined): boolean =>
  report?.kind === 'grommunio' || report?.ids === 'opaque'

/** Returns the form of IDs. */
function idFormOf(report: ConformanceReport | undefined, gromox: boolean): IdForm {
  if (report?.ids === 'opaque') return OPAQUE_IDS
  return gromox ? GROMOX_IDS : EXCHANGE_IDS
}

const pair = (owner: string, delegate: string) => `${foldName(owner)} ${foldName(delegate)}`

function serviceUser({ users, serviceAddress, username }: SandboxOptions): SandboxUser {
  const known = users.find(user => foldName(user.primarySmtpAddress) === foldName(serviceAddress))
  return known ?? { primarySmtpAddress: serviceAddress, aliases: [], displayName: username }
}

function listsOf({ users, serviceAddress }: SandboxOptions): readonly AddressList[] {
  const domain = serviceAddress.slice(serviceAddress.indexOf('@') + 1)
  const members = users.map(user => user.primarySmtpAddress)
  return [
    { address: `dl@${domain}`, displayName: 'Everyone', members, isRoomList: false },
    {
      address: `rooms@${domain}`,
      displayName: 'Rooms',
      members: [`room1@${domain}`, `room2@${domain}`],
      isRoomList: true,
    },
  ]
}
