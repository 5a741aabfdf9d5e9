/**
 * Settings of mailboxes that the sandbox doesn't have: delegates, inbox rules, and blocked senders.
 *
 * @module
 */

import type { Mailbox } from '../../../sandbox/mailbox.ts'
import type { XmlElement } from '../../../sandbox/xml.ts'

export type MailboxSettings = Readonly<{
  /** Delegates by address. */
  delegates: Map<string, XmlElement>
  /** Inbox rules by ID. */
  rules: Map<string, XmlElement>
  /** Senders whose mail is junk. */
  blocked: Map<string, string>
}>

/** Settings of all mailboxes. */
export class ServerSettings {
  readonly #of = new Map<Mailbox, MailboxSettings>()

  of(mailbox: Mailbox): MailboxSettings {
    const known = this.#of.get(mailbox)
    if (known !== undefined) return known
    const settings = { delegates: new Map(), rules: new Map(), blocked: new Map() }
    this.#of.set(mailbox, settings)
    return settings
  }
}
