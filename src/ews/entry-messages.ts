/**
 * Finds the messages of a response, each about one entry of the request, and replaces those about some of the entries.
 *
 * @module
 */

import { malformed } from '../xml/malformed.ts'
import type { Name } from '../xml/names.ts'
import type { Tag } from '../xml/tag.ts'
import type { ByteCuts } from './byte-cuts.ts'
import type { ResponseParts } from './response-parts.ts'

/** Number of entries of a request, and the indexes of those whose messages are replaced. */
export type Entries = Readonly<{ count: number; outside: readonly number[] }>

/** Depth of a message below Envelope, Body, response, and ResponseMessages. */
const DEPTH = 4
const ITEM = ['ErrorItemNotFound', 'The specified object was not found in the store.'] as const
const FOLDER = [
  'ErrorFolderNotFound',
  'The specified folder could not be found in the store.',
] as const
/** Codes and texts of Exchange for something that isn't there, and the element that clients expect, by the message. */
const NOT_FOUND = new Map<string, readonly [code: string, text: string, required: string]>([
  ['GetAttachmentResponseMessage', [...ITEM, 'Attachments']],
  ['GetFolderResponseMessage', [...FOLDER, 'Folders']],
  ['GetItemResponseMessage', [...ITEM, 'Items']],
])

export class EntryMessages implements ResponseParts {
  count = 0
  readonly heldFrom = undefined
  readonly #entries: Entries
  readonly #outside: ReadonlySet<number>
  readonly #cuts: ByteCuts
  #messages = 0
  #isInMessages = false
  #isLeft = false

  constructor(entries: Entries, cuts: ByteCuts) {
    this.#entries = entries
    this.#outside = new Set(entries.outside)
    this.#cuts = cuts
  }

  decideNow(): void {}

  open(tag: Tag): void {
    const { depth, name } = tag
    if (depth === DEPTH - 1) this.#isInMessages = name.local === 'ResponseMessages'
    else if (depth === DEPTH && this.#isInMessages) this.#openMessage(tag)
  }

  close(_name: Name, depth: number, end: number): void {
    if (depth !== DEPTH || !this.#isLeft) return
    this.#isLeft = false
    this.#cuts.end(end)
  }

  text(): void {}
  reference(): void {}
  comment(): void {}

  /** @throws Failure if the messages can't be about the entries. A fault has none. */
  end(): void {
    if (this.#messages > 0 && this.#messages !== this.#entries.count)
      throw malformed('the response does not have one message for each entry')
  }

  #openMessage(tag: Tag): void {
    const index = this.#messages
    this.#messages += 1
    if (index >= this.#entries.count) throw malformed('the response has too many messages')
    // An error of the server contains nothing of the entry, and clients may need its code.
    if (!this.#outside.has(index) || tag.attribute('ResponseClass') === 'Error') return
    this.count += 1
    this.#isLeft = true
    this.#cuts.begin(tag.start, notFound(tag.name))
  }
}

/** Returns a message in place of another one, in its namespace. */
function notFound({ written, prefix, local }: Name): string {
  const [code, text, required] = NOT_FOUND.get(local) ?? []
  if (code === undefined) throw malformed(`${local} is not about an entry`)
  const element = (name: string, content: string) => {
    const tag = prefix === '' ? name : `${prefix}:${name}`
    return `<${tag}>${content}</${tag}>`
  }
  return (
    `<${written} ResponseClass="Error">${element('MessageText', text ?? '')}${element('ResponseCode', code)}` +
    `${element('DescriptiveLinkKey', '0')}${element(required ?? '', '')}</${written}>`
  )
}
