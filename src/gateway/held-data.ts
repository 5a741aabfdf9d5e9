/**
 * Data that a decision needs in addition to the policy: responses of the upstream about mailboxes and items, and
 * data to verify tokens.
 *
 * @module
 */

import type { TokenAnchors } from '../credentials/credentials.ts'
import type {
  Entry,
  HeldKind,
  HeldSource,
  HeldSubject,
  IdOf,
  ValueOf,
} from '../model/policy-data.ts'
import type { PrincipalId } from '../model/principal.ts'
import type { Lease, Upstream } from '../upstream/upstream.ts'
import type { ContentClasses } from './content-classes.ts'
import type { MailboxOwners } from './mailbox-owners.ts'
import type { ServedOrganization } from './ports.ts'
import type { ShownClasses } from './shown-classes.ts'
import { askItems } from './stored-items.ts'

/** Organization and principal of a request, and the sources of the data. */
export type HeldDataOptions = Readonly<{
  served: ServedOrganization
  principalId: PrincipalId
  mailboxOwners: MailboxOwners
  contentClasses: ContentClasses
  tokenAnchors: TokenAnchors
  /** Absent: no response has shown a class. */
  shownClasses?: ShownClasses
  /** Whether the connection of the question about stored items is kept for the request itself. */
  keepsConnection?: boolean
}>

/** Finds the value of an ID without waiting, or loads it. */
type HeldLookup<Kind extends HeldKind> = Readonly<{
  /** Returns undefined if the value must be loaded first. */
  find: (options: HeldDataOptions, id: IdOf<Kind>) => Entry<ValueOf<Kind>> | undefined
  /** @param storedItems - receives the question about stored items */
  load: (
    options: HeldDataOptions,
    id: IdOf<Kind>,
    storedItems: () => Pick<Upstream, 'send'>,
  ) => Promise<ValueOf<Kind> | undefined>
}>

/** Returns an entry that no change of the policy invalidates. */
const entryOf = <T>(value: T | undefined): Entry<T> => ({ value, from: 0 })

const knownOf = <T>(value: T | undefined): Entry<T> | undefined =>
  value === undefined ? undefined : entryOf(value)

const NOT_SHARED = entryOf(false)
const SIGNS = entryOf<true>(true)

const LOOKUPS: Readonly<{ [Kind in HeldKind]: HeldLookup<Kind> }> = {
  'content-classes': {
    find: ({ contentClasses, served }, query) => knownOf(contentClasses.find(served, query)),
    load: ({ contentClasses, served, principalId }, query) =>
      contentClasses.classesOf(served, query, principalId),
  },
  epoch: {
    find: ({ tokenAnchors }) => knownOf(tokenAnchors.epoch()),
    load: ({ tokenAnchors }) => tokenAnchors.loadEpoch(),
  },
  'mailbox-owners': {
    find: ({ mailboxOwners, served }, { guids, users }) =>
      knownOf(mailboxOwners.findOwners(served, guids, users)),
    load: ({ mailboxOwners, served, principalId }, { guids, users }) =>
      mailboxOwners.ownersOf(served, guids, users, principalId),
  },
  'shared-mailbox': {
    find: ({ mailboxOwners, served }, user) => {
      const isShared = mailboxOwners.findShared(served, user)
      return isShared === false ? NOT_SHARED : knownOf(isShared)
    },
    load: ({ mailboxOwners, served, principalId }, user) =>
      mailboxOwners.isShared(served, user, principalId),
  },
  'shown-classes': {
    find: ({ shownClasses, served }, query) => knownOf(shownClasses?.find(served, query)),
    load: async () => undefined,
  },
  'signing-key': {
    find: ({ tokenAnchors }, id) => {
      const signs = tokenAnchors.isSigningKey(id)
      return signs === undefined ? undefined : signs ? SIGNS : entryOf<true>(undefined)
    },
    load: async ({ tokenAnchors }, id) =>
      (await tokenAnchors.loadSigningKey(id)) ? true : undefined,
  },
  // Never cached, because clients can change stored items at any time.
  'stored-items': {
    find: () => undefined,
    load: ({ principalId }, { items, user }, storedItems) =>
      askItems(storedItems(), items, user, principalId),
  },
}

export class HeldData implements HeldSource {
  /** Connection of the question about stored items, if it is kept. */
  lease: Lease | undefined
  readonly #options: HeldDataOptions

  constructor(options: HeldDataOptions) {
    this.#options = options
  }

  find<Kind extends HeldKind>(kind: Kind, id: IdOf<Kind>): Entry<ValueOf<Kind>> | undefined {
    return LOOKUPS[kind].find(this.#options, id)
  }

  async load(subjects: readonly HeldSubject[]): Promise<readonly Entry<unknown>[]> {
    // A request that waited for a second connection while it has one could wait for itself.
    if (subjects.some(({ kind }) => kind !== 'stored-items')) this.release()
    return await Promise.all(subjects.map(subject => this.#load(subject.kind, subject.id)))
  }

  /** Frees the connection that was kept, after the question in flight. */
  release(): void {
    this.lease?.release()
    this.lease = undefined
  }

  async #load<Kind extends HeldKind>(kind: Kind, id: IdOf<Kind>): Promise<Entry<unknown>> {
    return entryOf(await LOOKUPS[kind].load(this.#options, id, () => this.#storedItems()))
  }

  #storedItems(): Pick<Upstream, 'send'> {
    const { served, principalId, keepsConnection } = this.#options
    if (keepsConnection !== true) return served.upstream
    this.lease ??= served.upstream.lease(principalId)
    return this.lease
  }
}
