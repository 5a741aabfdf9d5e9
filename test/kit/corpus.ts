/**
 * Envelopes of one's own.
 *
 * @module
 */

import { MESSAGES_NS, SOAP_NS, TYPES_NS } from '../../src/model/envelope.ts'

/** `null`: no ExchangeImpersonation; else its ConnectingSID child, PrimarySmtpAddress by default. */
export type ConnectingSidInput = string | Readonly<{ kind: string; value: string }> | null

export function envelope(whom: ConnectingSidInput, operation: string): string {
  return `${prologue(whom)}${operation}${END}`
}

export const END = '</s:Body></s:Envelope>'

/** All before the operation element. */
export function prologue(whom: ConnectingSidInput): string {
  return (
    `<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="${SOAP_NS}" xmlns:m="${MESSAGES_NS}"` +
    ` xmlns:t="${TYPES_NS}"><s:Header><t:RequestServerVersion Version="Exchange2016"/>` +
    `${impersonation(whom)}</s:Header><s:Body>`
  )
}

function impersonation(whom: ConnectingSidInput): string {
  if (whom === null) return ''
  const { kind, value } =
    typeof whom === 'string' ? { kind: 'PrimarySmtpAddress', value: whom } : whom
  return (
    `<t:ExchangeImpersonation><t:ConnectingSID><t:${kind}>${value}</t:${kind}>` +
    '</t:ConnectingSID></t:ExchangeImpersonation>'
  )
}

export const GET_FOLDER =
  '<m:GetFolder><m:FolderShape><t:BaseShape>IdOnly</t:BaseShape></m:FolderShape>' +
  '<m:FolderIds><t:DistinguishedFolderId Id="inbox"/></m:FolderIds></m:GetFolder>'

export const TIME_ZONES = '<m:GetServerTimeZones ReturnFullTimeZoneData="false"/>'

/** An operation that writes, as large as one likes. */
export const createItem = (subject: string, body = ''): string =>
  '<m:CreateItem MessageDisposition="SaveOnly"><m:Items><t:Message>' +
  `<t:Subject>${subject}</t:Subject><t:Body BodyType="Text">${body}</t:Body>` +
  '</t:Message></m:Items></m:CreateItem>'

/** The ResponseCode of a fault or an answer. */
export const codeOf = (text: string): string | undefined =>
  /<(?:\w+:)?ResponseCode[^>]*>(\w+)</.exec(text)?.[1]

/** Returns the decision ID in a fault. */
export const decisionIn = (text: string): string | undefined =>
  /<t:Value Name="DecisionId">([^<]*)</.exec(text)?.[1]
