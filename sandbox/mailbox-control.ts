/**
 * Access to a mailbox for tests and the demo, directly in the store, without EWS.
 *
 * @module
 */

import type { Exchange } from './exchange.ts'
import { type Hidden, hiddenIn } from './hidden.ts'
import { addMail } from './mail.ts'
import { folderOf, type Mailbox } from './mailbox.ts'

/** A mail to put into an inbox. */
export type Delivered = Readonly<{
  subject: string
  /** HTML in the body element. */
  body?: string
  from?: string
  files?: readonly Readonly<{ name: string; contentType: string; content: Buffer }>[]
}>

/** Inspects a mailbox, and delivers mail to it. */
export class MailboxControl {
  readonly #exchange: Exchange
  readonly #mailbox: Mailbox

  constructor(exchange: Exchange, mailbox: Mailbox) {
    this.#exchange = exchange
    this.#mailbox = mailbox
  }

  /** The mailbox's GUID, which all its IDs contain. */
  get guid(): string {
    return this.#mailbox.primary.guid
  }

  get archiveGuid(): string {
    return this.#mailbox.archive.guid
  }

  /** Number of items in a folder, or in the whole mailbox without its archive. */
  count(distinguishedId?: string): number {
    if (distinguishedId !== undefined) return folderOf(this.#mailbox, distinguishedId).items.size
    return [...this.#mailbox.primary.folders.values()].reduce(
      (sum, { items }) => sum + items.size,
      0,
    )
  }

  /** Returns the subjects in a folder, oldest first. */
  subjects(distinguishedId = 'inbox'): readonly string[] {
    return [...folderOf(this.#mailbox, distinguishedId).items.values()].map(
      ({ properties }) => properties.get('Subject')?.text ?? '',
    )
  }

  /** Returns the contents of the files attached to items of a folder. */
  files(distinguishedId = 'inbox'): readonly Buffer[] {
    return [...folderOf(this.#mailbox, distinguishedId).items.values()]
      .flatMap(({ attachments }) => attachments)
      .map(({ content }) => content)
      .filter(content => content !== undefined)
  }

  /** Returns the names of the folders below the root that the user sees. */
  folderNames(): readonly string[] {
    const root = folderOf(this.#mailbox, 'msgfolderroot')
    return this.#mailbox.primary.childrenOf(root).map(({ displayName }) => displayName)
  }

  /** Returns the inbox rules, apps, roaming settings, and hidden items of the mailbox. */
  hidden(): readonly Hidden[] {
    return hiddenIn(this.#mailbox)
  }

  /** Returns the out-of-office settings as text. */
  oofState(): string {
    return this.#mailbox.oof.get('settings')?.textAt('OofState') ?? 'Disabled'
  }

  /** Delivers a mail. */
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
