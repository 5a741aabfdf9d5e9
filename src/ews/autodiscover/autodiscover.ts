/**
 * Autodiscover: what is asked, and how the answer is written in each of its three forms.
 *
 * A client that may impersonate the user learns where the gateway is, and by SOAP the GroupingInformation that the
 * upstream gives. Everything else has one answer, so that no client learns who exists.
 *
 * @module
 */

/** Whose mailbox is looked for, and what of it the client wants to know. */
export type Question = Readonly<{
  address: string
  /** Names of settings, where the form has them. */
  settings: readonly string[]
}>

/** Settings of a mailbox that a form can return. */
export type Discovered = Readonly<{
  /** URL of the gateway's EWS. */
  ewsUrl: string
  /** Present if the upstream was asked; without a value, it has none. */
  grouping?: Readonly<{ value: string | undefined }>
}>

/** An answer as it goes out over HTTP. */
export type DiscoveryAnswer = Readonly<{ status: number; type: string; body: string }>

/** One form of the protocol. */
export type Form = Readonly<{
  /**
   * @param body - empty for GET
   * @param url - path and query of the request
   * @throws Failure `envelope-malformed`, `encoding-refused`
   */
  read: (body: Uint8Array, url: string) => Question
  found: (question: Question, discovered: Discovered) => DiscoveryAnswer
  /** For somebody unknown and somebody whom the role may not impersonate alike. */
  notFound: () => DiscoveryAnswer
  /** @param why - in words for the client */
  invalid: (why: string) => DiscoveryAnswer
}>
