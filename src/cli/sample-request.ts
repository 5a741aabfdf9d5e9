/**
 * Commands that send EWS requests, for a terminal.
 *
 * @module
 */

import { MESSAGES_NS, SOAP_NS, TYPES_NS } from '../model/envelope.ts'

/** Operation element that finds items in the inbox. */
export const FIND =
  '<m:FindItem Traversal="Shallow"><m:ItemShape><t:BaseShape>Default</t:BaseShape></m:ItemShape>' +
  '<m:ParentFolderIds><t:DistinguishedFolderId Id="inbox"/></m:ParentFolderIds></m:FindItem>'

/** Operation element that saves a draft. */
export const CREATE =
  '<m:CreateItem MessageDisposition="SaveOnly"><m:Items><t:Message><t:Subject>Hello</t:Subject>' +
  '</t:Message></m:Items></m:CreateItem>'

/**
 * Part of a command that prints only the result and the subjects in a response, because a whole response is one
 * long line.
 */
const SHOW = String.raw`grep -oE '(ResponseCode|faultstring|Subject)[^<>]*>[^<]+' | sed 's/^\([A-Za-z]*\)[^>]*>/\1: /'`

type SampleRequest = Readonly<{
  url: string
  /** User name and password, as one quoted word of a shell. */
  credentials: string
  /** Impersonated user. */
  address: string
  /** Operation element. */
  operation: string
}>

/** Returns a shell command that sends a request and prints the important parts of the response. */
export const curlCommand = ({ url, credentials, address, operation }: SampleRequest): string =>
  `curl -sS -u ${credentials} -H 'Content-Type: text/xml; charset=utf-8' ` +
  `--data '${envelope(address, operation)}' ${url} | ${SHOW}`

/** Returns a text quoted as one word of a shell. */
export const shellWord = (text: string): string =>
  text === '' || /[^\w@%+=:,./-]/.test(text) ? `'${text.replaceAll("'", "'\\''")}'` : text

function envelope(address: string, operation: string): string {
  return (
    `<s:Envelope xmlns:s="${SOAP_NS}" xmlns:m="${MESSAGES_NS}" xmlns:t="${TYPES_NS}"><s:Header>` +
    '<t:RequestServerVersion Version="Exchange2016"/><t:ExchangeImpersonation><t:ConnectingSID>' +
    `<t:SmtpAddress>${address}</t:SmtpAddress></t:ConnectingSID></t:ExchangeImpersonation>` +
    `</s:Header><s:Body>${operation}</s:Body></s:Envelope>`
  )
}
