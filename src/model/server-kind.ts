/**
 * Kinds of EWS servers, and the defaults of each.
 *
 * @module
 */

type KindRow = Readonly<{
  /** Default of `opaqueIds`, the setting for IDs that don't tell which mailbox they belong to. */
  opaqueIds: 'allow' | 'refuse'
  /** Maximum size of a request body that this kind of server accepts. */
  bodyBytes: number
}>

/** Defaults by kind. `other` has the body limit of Exchange, because the limits of other servers are not known. */
export const SERVER_KINDS = {
  exchange: { opaqueIds: 'refuse', bodyBytes: 67_108_864 },
  grommunio: { opaqueIds: 'allow', bodyBytes: 50_000_000 },
  other: { opaqueIds: 'allow', bodyBytes: 67_108_864 },
} as const satisfies Readonly<Record<string, KindRow>>

export type ServerKind = keyof typeof SERVER_KINDS

/** Names of all kinds, as a tuple for schemas. */
export const SERVER_KIND_NAMES = [
  'exchange',
  'grommunio',
  'other',
] as const satisfies readonly ServerKind[]
