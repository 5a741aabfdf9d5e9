/**
 * Autodiscover: the request, and the response in each of its three forms.
 *
 * A client that can impersonate the user learns the address of the gateway, and by SOAP the
 * GroupingInformation that the upstream gives. All other requests get the same response, so that no client
 * learns who exists.
 *
 * @module
 */

/** Mailbox that a client looks for, and the settings that it wants. */
export type Question = Readonly<{
  address: string
  /** Names of settings, if the form has them. */
  settings: readonly string[]
}>

/** Settings of a mailbox that a form can return. */
export type Discovered = Readonly<{
  /** URL of the gateway's EWS. */
  ewsUrl: string
  /** Present if the upstream was asked. Its value is undefined if the upstream has none. */
  grouping?: Readonly<{ value: string | undefined }>
}>

/** Response over HTTP. */
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
  /** Response for an unknown user, and for a user that the role can't impersonate. */
  notFound: () => DiscoveryAnswer
  /** @param why - text for the client */
  invalid: (why: string) => DiscoveryAnswer
}>
