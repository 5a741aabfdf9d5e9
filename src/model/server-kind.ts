/**
 * Kinds of EWS servers, and the defaults of each.
 *
 * @module
 */

type KindRow = Readonly<{
  /** Default for IDs that don't say whose mailbox they are in. */
  opaqueIds: 'allow' | 'refuse'
  /** Largest request body that the server accepts, as far as known. */
  bodyBytes: number
}>

/** `other` has the body limit of Exchange, because its own is unknown. */
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
