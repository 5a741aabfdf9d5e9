/**
 * Honest requests, and the ways to spoil exactly one thing in them.
 *
 * @module
 */

import { MESSAGES_NS, SOAP_NS, TYPES_NS } from '../../src/model/envelope.ts'

/** A file's name without `.xml`, and its content. */
export type Document = readonly [name: string, content: string | Uint8Array]

export const XSI_NS = 'http://www.w3.org/2001/XMLSchema-instance'

/** The declarations that the Envelope of an honest request carries. */
export const NAMESPACES = `xmlns:s="${SOAP_NS}" xmlns:m="${MESSAGES_NS}" xmlns:t="${TYPES_NS}" xmlns:xsi="${XSI_NS}"`

export const IMPERSONATION =
  '<t:ExchangeImpersonation><t:ConnectingSID><t:PrimarySmtpAddress>user@example.com</t:PrimarySmtpAddress></t:ConnectingSID></t:ExchangeImpersonation>'

export const HEADER = `<t:RequestServerVersion Version="Exchange2016"/>${IMPERSONATION}`

/** A whole request around an operation element. */
export const request = (operation: string, header = HEADER) =>
  `<?xml version="1.0" encoding="utf-8"?>\n<s:Envelope ${NAMESPACES}><s:Header>${header}</s:Header><s:Body>${operation}</s:Body></s:Envelope>`

export const GET_FOLDER = request(
  '<m:GetFolder><m:FolderShape><t:BaseShape>Default</t:BaseShape></m:FolderShape><m:FolderIds><t:DistinguishedFolderId Id="inbox"/></m:FolderIds></m:GetFolder>',
)

export const FIND_ITEM = request(
  '<m:FindItem Traversal="Shallow"><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape><m:IndexedPageItemView MaxEntriesReturned="10" Offset="0" BasePoint="Beginning"/><m:ParentFolderIds><t:DistinguishedFolderId Id="inbox"><t:Mailbox><t:EmailAddress>user@example.com</t:EmailAddress></t:Mailbox></t:DistinguishedFolderId></m:ParentFolderIds></m:FindItem>',
)

export const CREATE_ITEM = request(
  '<m:CreateItem MessageDisposition="SaveOnly"><m:SavedItemFolderId><t:DistinguishedFolderId Id="drafts"/></m:SavedItemFolderId><m:Items><t:Message><t:Subject>Quarterly report</t:Subject><t:Body BodyType="Text">Hello</t:Body><t:ToRecipients><t:Mailbox><t:EmailAddress>bob@example.com</t:EmailAddress></t:Mailbox></t:ToRecipients></t:Message></m:Items></m:CreateItem>',
)

/**
 * Returns the text with one part replaced.
 *
 * @throws RangeError if the part does not occur exactly once, because the fixture would then be an
 * unchanged request
 */
export function edit(text: string, from: string, to: string): string {
  const at = text.indexOf(from)
  if (at < 0 || text.indexOf(from, at + 1) >= 0)
    throw new RangeError(`Cannot edit a document: "${from}" does not stand in it exactly once`)
  return text.slice(0, at) + to + text.slice(at + from.length)
}

/** The honest GetFolder with other headers. */
export const withHeader = (header: string) => edit(GET_FOLDER, HEADER, header)

/** The honest GetFolder with another ExchangeImpersonation. */
export const withImpersonation = (header: string) => edit(GET_FOLDER, IMPERSONATION, header)

/** The honest GetFolder with something else in its ConnectingSID. */
export const withSid = (children: string) =>
  withImpersonation(
    `<t:ExchangeImpersonation><t:ConnectingSID>${children}</t:ConnectingSID></t:ExchangeImpersonation>`,
  )

/** Returns the UTF-8 bytes of a text. `{hex}` is one byte. */
export function bytesOf(text: string): Uint8Array {
  const parts = text
    .split(/\{([0-9a-f]{2})\}/)
    .map((part, at) => (at % 2 === 1 ? Buffer.from(part, 'hex') : Buffer.from(part, 'utf8')))
  return Buffer.concat(parts)
}

/** The text so often that it is at least so long. */
export const padding = (text: string, bytes: number) => text.repeat(Math.ceil(bytes / text.length))
