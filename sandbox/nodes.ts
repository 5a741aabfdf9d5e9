/**
 * The servers of a database availability group. Each has the active databases of some mailboxes, and keeps
 * the subscriptions that were created on it.
 *
 * @see
 * https://learn.microsoft.com/en-us/exchange/client-developer/exchange-web-services/how-to-maintain-affinity-between-group-of-subscriptions-and-mailbox-server
 *
 * @module
 */

import { foldName } from '../src/model/identity.ts'
import { Fault } from './fault.ts'
import type { Mailbox } from './mailbox.ts'
import type { Placement } from './options.ts'
import { Subscriptions } from './subscriptions.ts'

/** A server of the group. */
export type Node = Readonly<{ name: string; site: string; subscriptions: Subscriptions }>

/** Server of each mailbox that the placement doesn't name. */
const FIRST = 'EX1'
const FIRST_SITE = 'Default-First-Site-Name'

export class Nodes {
  readonly #placement: ReadonlyMap<string, string>
  readonly #byName: ReadonlyMap<string, Node>

  constructor(placement: Placement, now: () => number) {
    this.#placement = new Map(
      Object.entries(placement).map(([address, name]) => [foldName(address), name]),
    )
    const names = new Set([FIRST, ...this.#placement.values()])
    this.#byName = new Map(
      Array.from(names, name => [
        name,
        { name, site: siteIn(name), subscriptions: new Subscriptions(now) },
      ]),
    )
  }

  /** Number of subscriptions on all servers. */
  get subscriptions(): number {
    return [...this.#byName.values()].reduce((sum, node) => sum + node.subscriptions.size, 0)
  }

  closeAll() {
    for (const { subscriptions } of this.#byName.values()) subscriptions.closeAll()
  }

  /** Returns the site of a mailbox, which Autodiscover returns as GroupingInformation. */
  siteOf({ user }: Mailbox): string {
    return siteIn(this.#homeOf(user.primarySmtpAddress))
  }

  /**
   * Returns the server that runs a request. A request with affinity runs on the server in its cookie.
   *
   * @throws Fault if a request has affinity and its anchor mailbox is on another server, or its own mailbox is in
   * another site
   */
  route(headers: Readonly<Record<string, string>>, actor: Mailbox): Node {
    const anchor = headers['x-anchormailbox'] ?? actor.user.primarySmtpAddress
    const home = this.#homeOf(anchor)
    const chosen = wantsAffinity(headers) ? overrideOf(headers) : undefined
    const node = this.#byName.get(chosen ?? home)
    if (node === undefined || node.name !== home)
      throw new Fault(
        'ErrorInternalServerTransientError',
        `X-AnchorMailbox is a mailbox on ${home}, but X-BackEndOverrideCookie names ${chosen}.`,
      )
    const site = this.siteOf(actor)
    if (node.site !== site)
      throw new Fault(
        'ErrorInternalServerTransientError',
        `The mailbox is in the site ${site}, but the request reached ${node.name} in ${node.site}.`,
      )
    return node
  }

  #homeOf(address: string): string {
    return this.#placement.get(foldName(address)) ?? FIRST
  }
}

const siteIn = (name: string): string =>
  name.includes('/') ? name.slice(0, name.indexOf('/')) : FIRST_SITE

/** Whether a client wants its requests to run on the same server. */
export const wantsAffinity = (headers: Readonly<Record<string, unknown>>): boolean =>
  String(headers['x-preferserveraffinity']).toLowerCase() === 'true'

const overrideOf = ({ cookie = '' }: Readonly<Record<string, string>>): string | undefined =>
  /X-BackEndOverrideCookie=([^;~]*)~/i.exec(cookie)?.[1]
