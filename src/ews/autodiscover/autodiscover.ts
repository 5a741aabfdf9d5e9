/**
 * Autodiscover: what is asked, and how the answer is written in each of its three forms.
 *
 * All are told where the gateway is, and nothing else; and all that is not to be had has one answer,
 * so that nobody learns who exists.
 *
 * @module
 */

/** Whose mailbox is looked for, and what of it the client wants to know. */
export type Question = Readonly<{
  address: string
  /** Names of settings, where the form has them. */
  settings: readonly string[]
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
  /** @param ewsUrl - of the gateway */
  found: (question: Question, ewsUrl: string) => DiscoveryAnswer
  /** For somebody unknown and somebody whom the role may not impersonate alike. */
  notFound: () => DiscoveryAnswer
  /** @param why - in words for the client */
  invalid: (why: string) => DiscoveryAnswer
}>
