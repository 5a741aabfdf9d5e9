/**
 * Connects to LDAP servers, and explains errors.
 *
 * @module
 */

import { Client } from 'ldapts'
import { ownMessageOf } from '../model/certificate-error.ts'
import type { Secret } from '../model/secret.ts'

/** Connection to a directory. */
export type LdapConnection = Readonly<{
  /** `ldaps://…`, or `ldap://…` for an unencrypted connection. */
  url: string
  /** Distinguished name of the account that reads the directory, or another name that the server accepts. */
  bindDn: string
  password: Secret
  /** Trusted certificate authorities in PEM, instead of the well-known ones. */
  ca?: string
  /** Maximum time for each response. */
  timeoutMs: number
}>

/** Returns a client, which connects when it is used. */
export function connectTo({ url, timeoutMs, ca }: LdapConnection): Client {
  return new Client({
    url,
    timeout: timeoutMs,
    connectTimeout: timeoutMs,
    ...(isSecure(url) && { tlsOptions: { ...(ca !== undefined && { ca }) } }),
  })
}

const isSecure = (url: string) => url.toLowerCase().startsWith('ldaps:')

/** Returns the message of an error, with advice for common errors. */
export function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const advice = ADVICE.find(([pattern]) => pattern.test(`${error.name} ${codeOf(error)}`))?.[1]
  const message = ownMessageOf(error) || codeOf(error)
  return advice === undefined ? message : `${message}: ${advice}`
}

const codeOf = (error: Error) => ('code' in error ? String(error.code) : '')

const ADVICE: readonly (readonly [RegExp, string])[] = [
  [/InvalidCredentials/, 'check bindDn and password'],
  [/StrongAuthRequired|ConfidentialityRequired/, 'the server requires TLS, so use an ldaps URL'],
  [/NoSuchObject/, 'check baseDn'],
  [/CERT|SELF_SIGNED|UNABLE_TO_|ERR_TLS/, 'check ca, and the host name in url'],
]
