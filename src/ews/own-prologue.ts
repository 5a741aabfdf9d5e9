/**
 * The prologue of requests that the gateway itself makes.
 *
 * @module
 */

import { MESSAGES_NS, type Prologue, SOAP_NS, TYPES_NS } from '../model/envelope.ts'

/** Bytes of the end tags after the operation element. */
export const OWN_END_TAGS = '</s:Body></s:Envelope>'.length

/** Returns the prologue of a request whose operation element has the prefixes `m` for messages and `t` for types. */
export const ownPrologue = (requestElement: string, requestServerVersion: string): Prologue => ({
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
  requestElement,
  length: 0,
})
