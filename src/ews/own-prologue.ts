/**
 * The prologue of requests that the gateway itself makes.
 *
 * @module
 */

import { MESSAGES_NS, SOAP_NS, TYPES_NS } from '../model/envelope.ts'
import type { Preamble } from './prologue.ts'

/** Bytes of the end tags after the operation element. */
export const OWN_END_TAGS = '</s:Body></s:Envelope>'.length

/** Returns the prologue of a request whose operation element has the prefixes `m` for messages and `t` for types. */
export const ownPrologue = (requestServerVersion: string): Preamble => ({
  envelope: {
    name: 's:Envelope',
    namespaces: [
      ['s', SOAP_NS],
      ['m', MESSAGES_NS],
      ['t', TYPES_NS],
    ],
  },
  body: { name: 's:Body', namespaces: [] },
  requestServerVersion,
})
