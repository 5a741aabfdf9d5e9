/**
 * Autodiscover: the request, and the response in each of its three forms.
 *
 * A client that can impersonate the user gets the URL of the gateway and, in the SOAP form, the GroupingInformation
 * of the upstream. All other clients get the same response, so that they can't find out which users exist.
 *
 * @module
 */

/** Mailbox that a client asks about, and the settings that it requests. */
export type Question = Readonly<{
  address: string
  /** Names of the requested settings, if the form has them. */
  settings: readonly string[]
}>

/** Settings of a mailbox that a form can return. */
export type Discovered = Readonly<{
  /** URL of the gateway's EWS. */
  ewsUrl: string
  /** Present if the upstream was asked for GroupingInformation. The value is undefined if it returned none. */
  grouping?: Readonly<{ value: string | undefined }>
}>

/** An HTTP response to an Autodiscover request. */
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
  /** Response for an invalid request. @param why - problem, as text for the client */
  invalid: (why: string) => DiscoveryAnswer
}>
