/**
 * Authentication schemes that clients can use, by the host name of their request.
 *
 * @module
 */

/** Authentication schemes of HTTP, in the spelling of a challenge. */
export const SCHEMES = ['Basic', 'Bearer'] as const
export type Scheme = (typeof SCHEMES)[number]

/** How clients can sign in under one host name. */
export type SignInOffer = Readonly<{
  /** Schemes that a 401 offers, in this order. Any other scheme is rejected. */
  schemes: readonly Scheme[]
}>

/**
 * Offer for host names that the configuration doesn't list. Basic comes first, because some clients read only the
 * first challenge.
 */
export const DEFAULT_OFFER: SignInOffer = { schemes: ['Basic', 'Bearer'] }
