/**
 * The end of a stream of notifications, as Exchange writes it.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/connectionstatus
 * @module
 */

import { MESSAGES_NS, SOAP_NS } from '../model/envelope.ts'

/** Envelope that tells a client to open its stream again. Its prefixes are those of Exchange. */
export const CLOSED_ENVELOPE =
  `<Envelope xmlns="${SOAP_NS}"><soap11:Body xmlns:soap11="${SOAP_NS}">` +
  `<m:GetStreamingEventsResponse xmlns:m="${MESSAGES_NS}"><m:ResponseMessages>` +
  '<m:GetStreamingEventsResponseMessage ResponseClass="Success">' +
  '<m:ResponseCode>NoError</m:ResponseCode><m:ConnectionStatus>Closed</m:ConnectionStatus>' +
  '</m:GetStreamingEventsResponseMessage></m:ResponseMessages></m:GetStreamingEventsResponse>' +
  '</soap11:Body></Envelope>'

const ENVELOPE_ENDS = /<\/(?:[A-Za-z_][\w.-]*:)?Envelope\s*>\s*$/

/** Whether an envelope ends with these characters. */
export const endsEnvelope = (tail: string): boolean => ENVELOPE_ENDS.test(tail)
