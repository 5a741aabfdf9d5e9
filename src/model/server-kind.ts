/**
 * Kinds of EWS servers, and the defaults of each.
 *
 * @module
 */

type KindRow = Readonly<{
  /** Default of `opaqueIds`, the setting for IDs that don't tell which mailbox they belong to. */
  opaqueIds: 'allow' | 'refuse'
  /**
   * Whether each ID tells its mailbox, and synchronization states and watermarks open none. `opaqueIds` then has no
   * effect: the states are allowed, and IDs of another form are denied.
   */
  tellsMailboxes: boolean
  /**
   * Whether CreateItem without a folder saves messages in the drafts, events in the calendar, contacts in the contacts, and
   * tasks in the tasks.
   */
  savesByKind: boolean
  /** Maximum size of a request body that this kind of server accepts. */
  bodyBytes: number
  /** Whether the server sends a stored item only if the request has its current ChangeKey. */
  comparesChangeKeys: boolean
  /** Whether UpdateItem sends nothing if the request has no attribute that says whether to send. */
  updatesQuietly: boolean
  /** Whether the server marks what it saves in the drafts folder as a draft (`IsDraft`). */
  marksDrafts: boolean
}>

/**
 * Defaults and behavior by kind. `other` has the body limit of Exchange, because the limits of other servers are not known.
 * About the behavior of such a server, it says what denies most.
 */
export const SERVER_KINDS = {
  exchange: {
    opaqueIds: 'refuse',
    tellsMailboxes: false,
    savesByKind: true,
    bodyBytes: 67_108_864,
    comparesChangeKeys: true,
    updatesQuietly: false,
    marksDrafts: true,
  },
  grommunio: {
    opaqueIds: 'refuse',
    tellsMailboxes: true,
    savesByKind: false,
    bodyBytes: 52_428_800,
    comparesChangeKeys: false,
    updatesQuietly: true,
    marksDrafts: false,
  },
  other: {
    opaqueIds: 'allow',
    tellsMailboxes: false,
    savesByKind: false,
    bodyBytes: 67_108_864,
    comparesChangeKeys: true,
    updatesQuietly: false,
    marksDrafts: true,
  },
} as const satisfies Readonly<Record<string, KindRow>>

export type ServerKind = keyof typeof SERVER_KINDS

/** Returns the behavior of a kind; without one, that of a server about which nothing is known. */
export const behaviorOf = (kind: ServerKind = 'other'): KindRow => SERVER_KINDS[kind]

/** Names of all kinds, as a tuple for schemas. */
export const SERVER_KIND_NAMES = [
  'exchange',
  'grommunio',
  'other',
] as const satisfies readonly ServerKind[]
