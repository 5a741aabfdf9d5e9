/**
 * A mailbox as tests and the demo see it: past EWS, straight into the store.
 *
 * @module
 */

import type { Exchange } from './exchange.ts'
import { type Hidden, hiddenIn } from './hidden.ts'
import { addMail } from './mail.ts'
import { folderOf, type Mailbox } from './mailbox.ts'

/** A mail to be put into an inbox. */
export type Delivered = Readonly<{
  subject: string
  /** HTML inside the body element. */
  body?: string
  from?: string
  files?: readonly Readonly<{ name: string; contentType: string; content: Buffer }>[]
}>

/** Looks at a mailbox, and lets mail arrive in it. */
export class MailboxControl {
  readonly #exchange: Exchange
  readonly #mailbox: Mailbox

  constructor(exchange: Exchange, mailbox: Mailbox) {
    this.#exchange = exchange
    this.#mailbox = mailbox
  }

  /** The mailbox's GUID, which is in all its ids. */
  get guid(): string {
    return this.#mailbox.primary.guid
  }

  get archiveGuid(): string {
    return this.#mailbox.archive.guid
  }

  /** How many items are in a folder, or in the whole mailbox without its archive. */
  count(distinguishedId?: string): number {
    if (distinguishedId !== undefined) return folderOf(this.#mailbox, distinguishedId).items.size
    return [...this.#mailbox.primary.folders.values()].reduce(
      (sum, { items }) => sum + items.size,
      0,
    )
  }

  /** The subjects in a folder, oldest first. */
  subjects(distinguishedId = 'inbox'): readonly string[] {
    return [...folderOf(this.#mailbox, distinguishedId).items.values()].map(
      ({ properties }) => properties.get('Subject')?.text ?? '',
    )
  }

  /** The contents of the files attached to items of a folder. */
  files(distinguishedId = 'inbox'): readonly Buffer[] {
    return [...folderOf(this.#mailbox, distinguishedId).items.values()]
      .flatMap(({ attachments }) => attachments)
      .map(({ content }) => content)
      .filter(content => content !== undefined)
  }

  /** The names of the folders below the root that the user sees. */
  folderNames(): readonly string[] {
    const root = folderOf(this.#mailbox, 'msgfolderroot')
    return this.#mailbox.primary.childrenOf(root).map(({ displayName }) => displayName)
  }

  /** The inbox rules, apps, roaming settings, and hidden items that the mailbox has. */
  hidden(): readonly Hidden[] {
    return hiddenIn(this.#mailbox)
  }

  /** Whether out-of-office replies are on, and the rest of that setting. */
  oofState(): string {
    return this.#mailbox.oof.get('settings')?.textAt('OofState') ?? 'Disabled'
  }

  /** Lets a mail arrive. */
  deliver({ subject, body = '', from = 'sender@partner.example', files }: Delivered) {
    const { user, displayName } = this.#mailbox
    addMail(
      folderOf(this.#mailbox, 'inbox'),
      {
        subject,
        body,
        from: { name: from, address: from },
        to: [{ name: displayName, address: user.primarySmtpAddress }],
        at: this.#exchange.now(),
        ...(files === undefined ? {} : { files }),
      },
      'NewMail',
    )
  }
}
