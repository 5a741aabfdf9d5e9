/**
 * Facts about hidden changes: permissions, inbox rules, apps, and item classes that a request writes as content.
 *
 * @module
 */

import type { Name } from '../xml/names.ts'
import type { Tag } from '../xml/tag.ts'
import { ActionFacts } from './action-facts.ts'
import {
  APP_PROPERTIES,
  CLASS_PROPERTIES,
  CONVERSATION_PROPERTIES,
  GRANT_PROPERTIES,
  installsApps,
  isHiddenItem,
  isSigned,
  namesArchive,
  namesDeletion,
  namesGrant,
  READ_PROPERTIES,
  RECORDED_ELEMENTS,
  RULE_PROPERTIES,
  STATE_PROPERTIES,
} from './content.ts'
import type { ContentReader } from './content-facts.ts'
import { ItemClass } from './item-class.ts'
import { ASSOCIATED, CONFIGURATION, FIELD, UPLOADED } from './meanings.ts'
import { MessageFlags } from './message-flags.ts'
import type { Operation } from './operation-row.ts'
import { isAmong, propertyIdIn, propertyOf } from './property.ts'

export class HiddenFacts {
  grants = false
  installsApps = false
  /** Whether a property is written that contains, or can contain, a class. */
  writesClass = false
  /** Whether the server moves items to the archive later. */
  archives = false
  /** Reader of the flags of new messages; undefined if the operation creates none. */
  readonly flags: MessageFlags | undefined
  /** Reader of the item class, if the text of one is being read. */
  readonly itemClass = new ItemClass()
  #isSigned = false
  #deletes = false
  #hiddenRules = false
  #marksRead = false
  #sendsLater = false
  #writesState = false
  readonly #operation: Operation
  readonly #content: ContentReader
  readonly #request: string
  readonly #actions: ActionFacts | undefined

  /**
   * @param request - local name of the operation element
   * @param content - receives the texts that are classes
   */
  constructor(operation: Operation, request: string, content: ContentReader) {
    this.#operation = operation
    this.#content = content
    this.#request = request
    this.#actions = operation.marksItems ? new ActionFacts() : undefined
    this.flags = request === 'CreateItem' ? new MessageFlags() : undefined
  }

  /** Whether something is written that says whether a message is a draft, and doesn't keep a new one a draft. */
  get writesState(): boolean {
    return this.#writesState || this.flags?.others === true
  }

  get hiddenRules(): boolean {
    return this.#hiddenRules || this.#actions?.standing === true
  }

  /** Whether an item gets, or can get, a class of S/MIME. */
  get signs(): boolean {
    return this.#isSigned || this.writesClass
  }

  /** Whether the server sends mail later, because of a reminder or an inbox rule. A rule that can't be read could send. */
  get notices(): boolean {
    return this.#sendsLater || this.#hiddenRules
  }

  /** Whether the request makes the server delete items, at once or later. */
  get deletes(): boolean {
    return this.#deletes || this.#actions?.deletes === true
  }

  /** Whether items are marked as read in a way that sends read receipts. */
  get receipts(): boolean {
    return this.#actions
      ? this.#actions.receipts
      : this.#operation.sends === 'changed' && this.#marksRead
  }

  /** Records the effect of an element, by its name or that of its type. */
  note(local: string): void {
    const effect = RECORDED_ELEMENTS.get(local)
    if (effect === 'notice') this.#sendsLater = true
    if (!this.#operation.writesProperties) return
    if (effect === 'archiving') this.archives = true
    if (effect === 'deletion') this.#deletes = true
    if (effect === 'receipt') this.#marksRead = true
    if (effect === 'state') this.#writesState = true
  }

  /** Reads the attributes of an element whose name is in the vocabulary. */
  readAttributes(tag: Tag): void {
    const { meaning } = tag.name
    if ((meaning & FIELD) !== 0) {
      if (this.#operation.writesProperties) this.#readField(tag)
      else this.#content.readField(tag)
    }
    if ((meaning & UPLOADED) !== 0)
      this.#hiddenRules ||= isHiddenItem(tag.attribute('IsAssociated'))
    if ((meaning & CONFIGURATION) !== 0 && !this.#request.startsWith('Get'))
      this.installsApps ||= installsApps(tag)
  }

  /** Whether {@link take} needs the text of IsAssociated, or of an element that can be part of an action. */
  wants({ meaning }: Name): boolean {
    return (meaning & ASSOCIATED) !== 0
      ? this.#operation.writesProperties === true
      : this.#actions !== undefined
  }

  /** Receives the text of an element for which {@link wants} is true. */
  take({ meaning, local }: Name, text: string | undefined): void {
    if ((meaning & ASSOCIATED) !== 0) this.#hiddenRules ||= isHiddenItem(text ?? '')
    else this.#actions?.take(local, text)
  }

  /** @param element - local name of the element whose text begins */
  beginClass(depth: number, element: string): void {
    if (this.itemClass.open) this.#endClass()
    this.itemClass.begin(depth, element)
  }

  beginAction({ local }: Name, depth: number): void {
    this.#actions?.begin(depth, local)
  }

  close(depth: number): void {
    if (this.itemClass.depth === depth) this.#endClass()
    this.#actions?.close(depth)
    this.flags?.close(depth)
  }

  #endClass(): void {
    const kind = this.itemClass.end()
    if (kind === 'rule') this.#hiddenRules = true
    if (kind === 'app') this.installsApps = true
    const { element, text, isFull } = this.itemClass
    this.#isSigned ||= element === 'ItemClass' && (isFull || isSigned(text))
    if (element !== 'Value') this.#content.take(element, text, !isFull)
  }

  #readField(tag: Tag): void {
    const property = propertyOf(tag)
    const field = tag.attribute('FieldURI')
    this.grants ||= namesGrant(field) || isAmong(GRANT_PROPERTIES, property)
    this.#hiddenRules ||=
      field === 'item:IsAssociated' ||
      isAmong(RULE_PROPERTIES, property) ||
      isAmong(CONVERSATION_PROPERTIES, propertyIdIn(tag, 'Common'))
    this.installsApps ||= isAmong(APP_PROPERTIES, property)
    this.writesClass ||= isAmong(CLASS_PROPERTIES, property)
    this.archives ||= namesArchive(field, property)
    this.#deletes ||= namesDeletion(field, property)
    this.#writesState ||= !this.flags && isAmong(STATE_PROPERTIES, property)
    this.#marksRead ||= field === 'message:IsRead' || isAmong(READ_PROPERTIES, property)
  }
}
