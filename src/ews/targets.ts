/**
 * Reads the operation element while it streams, and collects the facts that a decision depends on. It also rejects
 * anything that isn't EWS: elements outside of the two EWS namespaces, and attributes that could change the meaning
 * of an element.
 *
 * @module
 */

import {
  type BodyFacts,
  type ContentFacts,
  MESSAGES_NS,
  type NamedMailbox,
  TYPES_NS,
} from '../model/envelope.ts'
import { malformed } from '../xml/malformed.ts'
import type { Name } from '../xml/names.ts'
import type { Tag } from '../xml/tag.ts'
import { TextBuffer } from '../xml/text.ts'
import { ContentReader } from './content-facts.ts'
import { Distinct } from './distinct.ts'
import { HeaderLines } from './header-lines.ts'
import { HiddenFacts } from './hidden-facts.ts'
import { attributeKind } from './id-attributes.ts'
import { IdFacts, MAX_MAILBOXES } from './id-facts.ts'
import {
  ACTION,
  ACTION_PART,
  ADDRESS_LIST,
  ASSOCIATED,
  CALLS,
  CLASS,
  DISTINGUISHED,
  EFFECT,
  FIELD,
  FOLDER_OWNER,
  GRANTS,
  HANDLE,
  HEADER,
  ID_LIKE,
  IS_ID,
  ITEM_ID,
  OPAQUE_MAILBOX,
  SELECTOR_LIKE,
  SELECTS,
  SENDER,
  SENDS,
  SUBSCRIPTION,
} from './meanings.ts'
import type { Operation, Selector } from './operation-row.ts'
import { rowOf } from './operations.ts'
import { checkPrefixed, namedByType } from './prefixed-attributes.ts'
import { FOLDER_MAILBOX, isInMailbox, SENDERS } from './selectors.ts'
import { SENDING, SendingFacts } from './sending-facts.ts'
import { timeoutFacts } from './timeouts.ts'

const MAX_ADDRESS_BYTES = 1_024
/** Maximum number of subscriptions in a request, as in Exchange. */
const MAX_SUBSCRIPTIONS = 200
/**
 * Elements of operations that use subscriptions. A server that ignores names could take any other element for a
 * SubscriptionId.
 */
const OF_SUBSCRIPTIONS: ReadonlySet<string> = new Set([
  'ConnectionTimeout',
  'SubscriptionId',
  'SubscriptionIds',
  'Watermark',
])
/** Elements whose text is a state of the client. They name no mailbox on a server whose IDs all do. */
const STATES: ReadonlySet<string> = new Set(['SyncState', 'Watermark'])
const ALTERNATE_ID = 'AlternateId'
/** IDs to convert that are in public folders, and so in no mailbox. */
const PUBLIC_IDS: ReadonlySet<string> = new Set([
  'AlternatePublicFolderId',
  'AlternatePublicFolderItemId',
])
/** ID and address in the first request of exchangelib. They name nothing on any server. */
const PROBE = 'DUMMY'
/**
 * Address beside each ID that DavMail converts, by which it finds out the address of its user. Servers ignore it, or
 * repeat it.
 */
const PLACEHOLDER = 'blah@blah.com'
/** Elements that {@link HeaderLines} needs. */
const OF_HEADERS = HEADER | FIELD | CLASS
/** Depth of the operation element: below Envelope and Body. */
const OPERATION_DEPTH = 2

const NO_SENDING = {
  senders: [],
  unknownSender: false,
  sentItems: [],
  unknownSentItem: false,
} as const

/** An element that names a mailbox and is open: its depth, and whether it has named an address. */
type OpenSelector = { selector: Selector; depth: number; hasAddress: boolean }

/** An element whose text is being read. */
type Wanted = { depth: number; text: TextBuffer; take: (value: string | undefined) => void }

export class TargetReader {
  readonly #operation: Operation
  readonly #mailboxes = new Distinct<NamedMailbox>(MAX_MAILBOXES)
  readonly #ids = new IdFacts()
  readonly #sending: SendingFacts
  readonly #subscriptions = new Distinct<string>(MAX_SUBSCRIPTIONS)
  #unknownSubscription = false
  readonly #usesSubscriptions: boolean
  readonly #hidden: HiddenFacts
  readonly #content: ContentReader
  /** Headers of items, if the operation writes any. */
  readonly #headers: HeaderLines | undefined
  #pushSubscription = false
  #unknownMailbox = false
  #hasIds = false
  #timeout: string | undefined

  readonly #open: OpenSelector[] = []
  /** Depths of open elements whose child Mailbox names the owner of a folder. */
  readonly #owners: number[] = []
  #wanted: Wanted | undefined
  /** Name of the last element with a meaning, to detect that a value contains another element. */
  #latest = ''
  /** Deepest level at which the end of an element must be handled. */
  #deepest = OPERATION_DEPTH

  /**
   * @param requestElement - local name of the operation element, whose start tag is the first one that {@link open}
   * receives
   */
  constructor(requestElement: string) {
    this.#operation = rowOf(requestElement)
    this.#usesSubscriptions = this.#operation.names.has('SubscriptionId')
    this.#sending = new SendingFacts(this.#operation)
    this.#content = new ContentReader(this.#operation, requestElement)
    this.#headers = this.#operation.writesProperties ? new HeaderLines() : undefined
    this.#hidden = new HiddenFacts(this.#operation, requestElement, this.#content)
  }

  /** Facts so far, as a copy. A decision can wait while more of the body is read, so the facts must not change. */
  get facts(): BodyFacts {
    const { folders, items, itemCount, guids, opaque, unknown, elsewhere } = this.#ids
    const { sends, byDefault, senders, items: sentItems, suppressesReceipts } = this.#sending
    const { grants, hiddenRules, installsApps, notices, receipts, signs } = this.#hidden
    const sendsOtherwise = notices || (receipts && !suppressesReceipts)
    const foreignHeaders = this.#headers?.broken === true
    const facts: BodyFacts = {
      mailboxes: this.#mailboxes.values,
      pushSubscription: this.#pushSubscription,
      subscriptions: this.#subscriptions.values,
      unknownSubscription: this.#unknownSubscription,
      unknownMailbox: this.#unknownMailbox || elsewhere,
      mailboxGuids: guids,
      opaqueIds: opaque,
      unknownIds: unknown,
      grants,
      sends: sends || sendsOtherwise,
      senders: senders.senders,
      unknownSender: senders.unknown,
      sentItems: [...(sentItems?.items ?? [])],
      unknownSentItem: sentItems?.unknown ?? false,
      foreignHeaders: foreignHeaders || (sends && signs),
      ...(byDefault && { ifQuiet: { ...NO_SENDING, sends: sendsOtherwise, foreignHeaders } }),
      hiddenRules,
      installsApps,
      hasIds: this.#hasIds,
      content: this.#contentFacts,
      folders: [...folders],
      items: [...items],
      itemCount,
    }
    if (this.#timeout === undefined) return facts
    return { ...facts, ...timeoutFacts(this.#operation, this.#timeout) }
  }

  get #contentFacts(): ContentFacts {
    const { facts } = this.#content
    const { writesClass, writesState, archives, deletes } = this.#hidden
    return {
      ...facts,
      writesClassProperty: writesClass,
      writesState,
      archives,
      deletes: facts.deletes || deletes,
    }
  }

  /** @throws Failure */
  open(tag: Tag): void {
    const { name, namespace, depth } = tag
    if (namespace !== TYPES_NS && namespace !== MESSAGES_NS)
      throw malformed(`${name.written} is not in a namespace of EWS`)
    if (this.#wanted !== undefined || this.#sending.senders.mime !== undefined)
      throw malformed(`${name.local} instead of text`)

    if (this.#content.readsLists && this.#content.openEntry(tag)) this.#sending.openNew(name.local)
    if (depth === OPERATION_DEPTH) {
      this.#sending.begin(tag)
      this.#content.begin(tag)
    }
    if (this.#usesSubscriptions && depth > OPERATION_DEPTH && !OF_SUBSCRIPTIONS.has(name.local))
      this.#unknownSubscription = true
    if (tag.hasAttributes) this.#readAttributes(tag)
    if (name.meaning !== 0) this.#begin(tag)
  }

  /** @throws Failure */
  close(depth: number): void {
    if (depth <= this.#deepest) this.#end(depth)
  }

  /** @throws Failure */
  text(bytes: Uint8Array, from: number, to: number, cdata: boolean): void {
    const { itemClass } = this.#hidden
    if (itemClass.open) itemClass.add(bytes, from, to)
    if (this.#headers?.open) this.#headers.add(bytes, from, to)
    if (this.#hidden.flags?.open) this.#hidden.flags.add(bytes, from, to, cdata)
    const { mime } = this.#sending.senders
    if (this.#wanted === undefined && mime === undefined) return
    if (cdata) throw malformed(`${this.#latest} has a CDATA section; write its text without it`)
    this.#wanted?.text.add(bytes, from, to)
    mime?.add(bytes, from, to)
  }

  reference(character: string): void {
    const { itemClass } = this.#hidden
    if (itemClass.open) itemClass.addCharacter(character)
    if (this.#headers?.open) this.#headers.addCharacter(character)
    if (this.#hidden.flags?.open) this.#hidden.flags.addCharacter()
    this.#wanted?.text.addCharacter(character)
    this.#sending.senders.mime?.addCharacter(character)
  }

  #note({ meaning, local }: Name): void {
    if ((meaning & GRANTS) !== 0) this.#hidden.grants = true
    if ((meaning & IS_ID) !== 0) this.#hasIds = true
    if ((meaning & OPAQUE_MAILBOX) !== 0) this.#unknownMailbox = true
    if ((meaning & CALLS) !== 0) this.#pushSubscription = true
    if ((meaning & EFFECT) !== 0) this.#hidden.note(local)
    if ((meaning & SELECTOR_LIKE) === 0) return
    if (!this.#operation.names.has(local)) this.#unknownMailbox = true
    if ((meaning & ADDRESS_LIST) !== 0 && !this.#operation.addressLists) this.#unknownMailbox = true
    // A Mailbox can also name its owner by the ID of a contact, which the gateway can't resolve.
    if ((meaning & ITEM_ID) !== 0 && this.#open.length > 0) this.#unknownMailbox = true
  }

  /** Handles the start tag of an element whose name is in the vocabulary. */
  #begin(tag: Tag): void {
    const { name, depth } = tag
    if (depth !== OPERATION_DEPTH) this.#note(name)
    this.#deepest = depth
    this.#latest = name.local
    const selector = this.#selectorOf(name)
    if (this.#sending.sends || (name.meaning & SENDING) !== 0) this.#sending.open(tag)
    this.#content.open(tag)
    if ((name.meaning & OF_HEADERS) !== 0) {
      this.#headers?.begin(tag)
      this.#hidden.flags?.begin(tag)
    }
    if ((name.meaning & ACTION) !== 0) this.#hidden.beginAction(name, depth)
    if (selector !== undefined) this.#openSelector(selector, depth)
    else this.#openChild(name, depth)
    if ((name.meaning & FOLDER_OWNER) !== 0) this.#owners.push(depth)
  }

  #end(depth: number): void {
    this.#deepest = depth - 1
    if (this.#wanted?.depth === depth) {
      const { take, text } = this.#wanted
      this.#wanted = undefined
      take(text.take())
    }
    this.#sending.close(depth)
    this.#hidden.close(depth)
    this.#headers?.close(depth)
    this.#content.close(depth)
    if (depth === OPERATION_DEPTH) this.#content.end()
    if (this.#owners.at(-1) === depth) this.#owners.pop()
    const open = this.#open.at(-1)
    if (open?.depth !== depth) return
    this.#open.pop()
    if (open.hasAddress) return
    if (open.selector.allowed === 'sender') this.#sending.senders.unknown = true
    else this.#unknownMailbox = true
  }

  /** Whether the element names a mailbox, so that attributes must not change its meaning. */
  #isSelector({ name, depth }: Tag): boolean {
    if (depth === OPERATION_DEPTH || (name.meaning & IS_ID) !== 0) return true
    return this.#isAddress(name) || this.#selectorOf(name) !== undefined
  }

  /** Whether the element contains the address of the selector that is open. */
  #isAddress({ local }: Name): boolean {
    return this.#open.at(-1)?.selector.child === local
  }

  #selectorOf(name: Name): Selector | undefined {
    const { meaning, local } = name
    if ((meaning & SELECTS) === 0 || this.#isAddress(name)) return undefined
    if (local === 'Mailbox' && this.#owners.length > 0) return FOLDER_MAILBOX
    if (this.#sending.sends && (meaning & SENDER) !== 0) return SENDERS
    return this.#operation.selectors?.find(({ element }) => element === local)
  }

  #openSelector(selector: Selector, depth: number): void {
    const open = { selector, depth, hasAddress: false }
    this.#open.push(open)
    if (selector.child === undefined) this.#wantAddress(open, depth)
  }

  #openChild(name: Name, depth: number): void {
    const { meaning } = name
    const open = this.#open.at(-1)
    if (open !== undefined && this.#isAddress(name)) this.#wantAddress(open, depth)
    else if ((meaning & HANDLE) !== 0) this.#want(depth, value => this.#addHandle(name, value))
    else if ((meaning & SUBSCRIPTION) !== 0) this.#want(depth, id => this.#addSubscription(id))
    else if ((meaning & CLASS) !== 0 && (name.local !== 'BaseShape' || this.#content.readsItems))
      this.#hidden.beginClass(depth, name.local)
    else if ((meaning & (ACTION_PART | ASSOCIATED)) !== 0 && this.#hidden.wants(name))
      this.#want(depth, text => this.#hidden.take(name, text))
    else if (name.local === this.#operation.timeout)
      this.#want(depth, value => {
        this.#timeout = value
      })
  }

  #wantAddress(open: OpenSelector, depth: number): void {
    const { allowed } = open.selector
    // An address that is nested deeper doesn't count. In From, it is one level deeper, because From contains a
    // Mailbox.
    if (depth <= open.depth + (allowed === 'sender' ? 2 : 1)) open.hasAddress = true
    this.#want(depth, address =>
      allowed === 'sender'
        ? this.#sending.senders.add(address)
        : this.#addMailbox(address, allowed),
    )
  }

  #want(depth: number, take: Wanted['take']): void {
    this.#wanted = { depth, text: new TextBuffer(MAX_ADDRESS_BYTES), take }
  }

  #addMailbox(address: string | undefined, allowed: NamedMailbox['allowed']): void {
    if (address === undefined || address === '') this.#unknownMailbox = true
    else if (!this.#mailboxes.add(`${allowed}:${address}`, { address, allowed }))
      this.#unknownMailbox = true
  }

  #addSubscription(id: string | undefined): void {
    if (id === undefined || id === '' || !this.#subscriptions.add(id, id))
      this.#unknownSubscription = true
  }

  #addHandle({ local }: Name, value: string | undefined): void {
    if (value?.trim() === '') return
    if (STATES.has(local)) this.#ids.opaque = true
    else this.#ids.noteUnknown()
  }

  #readAttributes(tag: Tag): void {
    for (let i = 0; i < tag.attributeCount; i++) {
      const name = tag.attributeName(i)
      if (name.prefix !== '') this.#readPrefixed(tag, name)
      else if ((name.meaning & ID_LIKE) !== 0) this.#readId(tag, i)
    }
    this.#hidden.readAttributes(tag)
    if (this.#operation.convertsIds) this.#readConverted(tag)
  }

  /** Reads an ID to convert, and the address of its mailbox. */
  #readConverted(tag: Tag): void {
    const { local } = tag.name
    if (PUBLIC_IDS.has(local)) this.#ids.elsewhere = true
    if (local !== ALTERNATE_ID) return
    const [id = '', address] = [tag.attribute('Id'), tag.attribute('Mailbox')]
    if (id === PROBE && address === PROBE) return
    if (id !== '') this.#ids.locateAlternate(id)
    if (id === '' || address !== PLACEHOLDER) this.#addMailbox(address, 'converted')
  }

  /** @throws Failure */
  #readPrefixed(tag: Tag, name: Name): void {
    checkPrefixed(tag, name, this.#isSelector(tag))
    const { meaning, local } = namedByType(tag, name)
    if ((meaning & GRANTS) !== 0) this.#hidden.grants = true
    if ((meaning & CALLS) !== 0) this.#pushSubscription = true
    if ((meaning & EFFECT) !== 0) this.#hidden.note(local)
    if (local !== '' && this.#content.openType(tag, local, meaning)) this.#sending.openNew(local)
    if ((meaning & SENDS) === 0) return
    this.#deepest = Math.max(this.#deepest, tag.depth)
    this.#sending.openResponse(tag, local)
  }

  #readId(tag: Tag, index: number): void {
    const { local, meaning } = tag.name
    const kind = attributeKind(tag.attributeName(index).local, local)
    if (kind === undefined) this.#unknownMailbox = true
    if (local === ALTERNATE_ID && this.#operation.convertsIds) return
    this.#hasIds = true
    if (kind === 'plain') return
    this.#sending.items?.note(tag, index)
    this.#ids.note(tag, index)
    this.#content.name(tag, index)
    if ((meaning & ADDRESS_LIST) !== 0) this.#ids.locateList(tag.value(index))
    else if ((meaning & DISTINGUISHED) === 0) this.#ids.locate(tag, index)
    else if (!isInMailbox(this.#operation, tag.value(index))) this.#unknownMailbox = true
  }
}
