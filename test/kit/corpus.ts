/**
 * The fixtures, and envelopes of one's own.
 *
 * @module
 */

import { readdirSync, readFileSync } from 'node:fs'
import { MESSAGES_NS, SOAP_NS, TYPES_NS } from '../../src/model/envelope.ts'

/** A fixture: for a hostile one the name begins with its reason and `--`. */
export type Fixture = Readonly<{ name: string; bytes: Buffer; expected?: Expected }>

/** Content of the JSON file next to an envelope. */
export type Expected = Readonly<{
  requestElement: string
  connectingSid?: Readonly<{ kind: string; value: string }>
  facts: Readonly<{
    mailboxes?: readonly Readonly<{ address: string; allowed: string }>[]
    hasIds?: boolean
  }>
}>

export function fixtures(folder: 'hostile' | 'envelopes'): Fixture[] {
  const at = new URL(`../../fixtures/${folder}/`, import.meta.url)
  const files = readdirSync(at)
  return files
    .filter(file => file.endsWith('.xml'))
    .map(file => {
      const name = file.slice(0, -'.xml'.length)
      const bytes = readFileSync(new URL(file, at))
      const json = `${name}.json`
      if (!files.includes(json)) return { name, bytes }
      return { name, bytes, expected: JSON.parse(readFileSync(new URL(json, at), 'utf8')) }
    })
}

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
