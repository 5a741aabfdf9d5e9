/**
 * Names the mistakes in the configuration of a trusted issuer, and in a token.
 *
 * @module
 */

import { createLocalJWKSet, decodeJwt, errors, type JSONWebKeySet, jwtVerify } from 'jose'
import { ownMessageOf } from '../model/certificate-error.ts'
import { fetchFromIssuer } from './issuer-fetch.ts'
import { subjectsIn } from './issuer-tokens.ts'

type IssuerToCheck = Readonly<{
  issuer: string
  jwksUrl: string
  audience: string
  algorithms: readonly string[]
  ca?: string
}>

/** Maximum wait for the keys. */
const TIMEOUT_MS = 5_000
/** Difference between the clocks that is reported. */
const MAX_SKEW_MS = 30_000

/** Returns the problem of an issuer; undefined if there is none. */
export async function checkIssuer(issuer: IssuerToCheck): Promise<string | undefined> {
  const { jwksUrl } = issuer
  try {
    const response = await ask(issuer)
    if (response.status !== 200) return `${jwksUrl} answers with status ${response.status}`
    const { keys } = (await response.json()) as Partial<JSONWebKeySet>
    if (!Array.isArray(keys) || keys.length === 0) return `${jwksUrl} has no keys`
    const skewMs = Math.abs(Date.now() - Date.parse(response.headers.get('date') ?? ''))
    if (skewMs > MAX_SKEW_MS)
      return `its clock differs by ${Math.round(skewMs / 1_000)} seconds. Synchronize the clocks`
    return undefined
  } catch (error) {
    return `cannot read ${jwksUrl}: ${ownMessageOf(error as Error)}. Check jwksUrl, and ca if the certificate is not trusted`
  }
}

/** Returns the subjects of a token, or its problem if none of the issuers signed it for this gateway. */
export async function checkToken(
  token: string,
  issuers: readonly IssuerToCheck[],
): Promise<string | ReturnType<typeof subjectsIn>> {
  try {
    const { iss } = decodeJwt(token)
    const trusted = issuers.find(({ issuer }) => issuer === iss)
    if (trusted === undefined) return `its issuer is ${iss}, which signIn.issuers doesn't list`
    const { issuer, audience, algorithms } = trusted
    const keys = createLocalJWKSet((await (await ask(trusted)).json()) as JSONWebKeySet)
    const required = { issuer, audience, algorithms: [...algorithms], requiredClaims: ['exp'] }
    const { payload } = await jwtVerify(token, keys, required)
    return subjectsIn(payload)
  } catch (error) {
    if (error instanceof errors.JWTClaimValidationFailed && error.claim === 'aud')
      return `its audience is ${JSON.stringify(error.payload.aud)}. Set audience to that if it is this gateway's`
    return ownMessageOf(error as Error)
  }
}

const ask = ({ jwksUrl, ca }: IssuerToCheck) =>
  fetchFromIssuer(new URL(jwksUrl), { signal: AbortSignal.timeout(TIMEOUT_MS), ca })
