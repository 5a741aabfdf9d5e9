/**
 * `ews-gateway check-sign-in`: checks the directories and the issuers with which tools and people can sign in.
 *
 * @module
 */

import { openIssuer } from '../app/people.ts'
import type { Config, OrganizationConfig } from '../config/schema.ts'
import { SUBJECT_CLAIMS, subjectReference, type TokenSubject } from '../model/external-identity.ts'
import { Failure } from '../model/failure.ts'
import { organizationId } from '../model/identity.ts'
import type { Store } from '../store/store.ts'
import { openToRead } from './stores.ts'
import type { Output } from './users.ts'

/** Maximum wait for each response. */
const TIMEOUT_MS = 5_000

/**
 * Prints a line for each check, and warns of each problem.
 *
 * @param token - token of a tool, whose problems are named
 * @returns the exit code: 0 if there is no problem
 */
export async function runCheckSignIn(
  config: Config,
  token: string | undefined,
  { print, warn }: Output,
): Promise<number> {
  let code = 0
  const problem = (line: string) => {
    code = 1
    warn(line)
  }
  const { directoryAccounts, issuers } = config.signIn
  if (directoryAccounts.enabled) {
    const store = await openToRead(config)
    try {
      for (const organization of config.organizations)
        await checkAccounts(organization, config, store, { print, warn: problem })
    } finally {
      await store.close()
    }
  }
  if (issuers.length > 0) {
    const { checkIssuer, checkToken } = await import('../credentials/issuer-check.ts')
    for (const issuer of issuers) {
      const found = await checkIssuer(issuer)
      if (found === undefined) print(`Issuer ${issuer.issuer}: its keys can be read\n`)
      else problem(`Issuer ${issuer.issuer}: ${found}`)
    }
    const found = token === undefined ? undefined : await checkToken(token, issuers)
    if (typeof found === 'string') problem(`Token: ${found}`)
    else if (found) await checkBinding(found, config, { print, warn: problem })
  }
  const { oidc } = config.console
  const client = await openIssuer(config)
  if (oidc !== undefined && client !== undefined) {
    const found = await client.clientProblem()
    if (found === undefined) print(`Issuer ${oidc.issuer}: it accepts the console as its client\n`)
    else problem(`Issuer ${oidc.issuer}: ${found}. Check console.oidc`)
  }
  if (!directoryAccounts.enabled && issuers.length === 0 && client === undefined)
    print('Nothing to check: only access keys can sign in\n')
  return code
}

/** Checks that a principal is bound to a subject of a valid token. */
async function checkBinding(
  subjects: readonly Omit<TokenSubject, 'kind'>[],
  config: Config,
  { print, warn }: Output,
): Promise<void> {
  const store = await openToRead(config)
  try {
    for (const { issuer, claim, subject } of subjects) {
      const bound = await store.identity(subjectReference(issuer, claim, subject))
      if (bound) return print(`Token: it is valid, and signs in as ${bound.principal.name}\n`)
    }
  } finally {
    await store.close()
  }
  const claims = subjects.map(({ claim, subject }) => `${claim} ${JSON.stringify(subject)}`)
  warn(
    claims.length === 0
      ? `Token: it is valid, but has none of the claims ${SUBJECT_CLAIMS.join(', ')}`
      : `Token: it is valid, but no principal is bound to it. Bind one to ${claims.join(' or ')}`,
  )
}

/** Checks the directory of an organization, and each account that a principal is bound to. */
async function checkAccounts(
  { id, alias, directory }: OrganizationConfig,
  { signIn: { directoryAccounts: limits } }: Config,
  store: Store,
  { print, warn }: Output,
): Promise<void> {
  if (directory.kind !== 'ldap') return
  const { LdapAccounts } = await import('../directory/ldap-accounts.ts')
  const accounts = new LdapAccounts({ ...directory, timeoutMs: TIMEOUT_MS, now: Date.now })
  try {
    const { threshold, resetMinutes } = await accounts.lockout()
    if (threshold > 0 && limits.failuresBeforePause >= threshold)
      warn(
        `Directory of ${alias}: it locks an account after ${threshold} wrong passwords. Set signIn.directoryAccounts.failuresBeforePause to less`,
      )
    if (threshold > 0 && limits.pauseMinutes < resetMinutes)
      warn(
        `Directory of ${alias}: it counts wrong passwords for ${resetMinutes} minutes. Set signIn.directoryAccounts.pauseMinutes to at least that`,
      )
    print(`Directory of ${alias}: it can be read\n`)
    for (const { identity, principal } of await store.identities(organizationId(id))) {
      if (identity.kind !== 'directory-account') continue
      const found = await accounts.find(identity.sid)
      const name = `Account ${identity.names[0]} of ${principal.name}`
      if (found === undefined)
        warn(`${name}: there is no account with the SID ${identity.sid} below ${directory.baseDn}`)
      else if (!found.enabled) warn(`${name}: it is disabled or expired in the directory`)
      else print(`${name}: found as ${found.dn}\n`)
    }
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    warn(`Directory of ${alias}: ${error.message}`)
  }
}
