/**
 * Checks the form of a signed request, before any key is read.
 *
 * @module
 */

import { hash } from 'node:crypto'
import type { SignatureProblem, SignedHead, SignedRequest, Verification } from './credentials.ts'

/** Service name in the scope of a signature. */
export const SERVICE = 'workmail'

/** Maximum difference between the time of a signature and now, as at AWS. SDKs correct larger ones. */
const SKEW_MINUTES = 5
const SKEW_MS = SKEW_MINUTES * 60_000

/** Headers by lowercase name. */
export type Headers = ReadonlyMap<string, string>

/** Content of a SigV4 Authorization header, with the time and path of the signature. */
export type Authorization = Readonly<{
  keyId: string
  region: string
  signedHeaders: readonly string[]
  /** Milliseconds since the epoch. */
  signedAt: number
  path: string
  /** The whole header, in the format of the AWS SDK for JavaScript, to compare it with a computed one. */
  line: string
}>

/** A request with a well-formed signature, or with Basic authentication, or a rejection. */
export type SignedForm =
  | Readonly<{ kind: 'signed'; authorization: Authorization; headers: Headers }>
  | Readonly<{ kind: 'basic'; authorization: string }>
  | Extract<Verification, { kind: 'refused' }>

/** A request is malformed. Caught in this file. */
class Malformed extends Error {
  readonly problem: SignatureProblem

  constructor(problem: SignatureProblem, message: string) {
    super(message)
    this.problem = problem
  }
}

/** Reads the form of a request. Does not check whether its key exists. */
export function readSigned(request: SignedHead): SignedForm {
  try {
    return read(request)
  } catch (error) {
    if (!(error instanceof Malformed)) throw error
    return { kind: 'refused', problem: error.problem, message: error.message }
  }
}

function read(request: SignedHead): SignedForm {
  const headers = uniqueHeaders(request.headers)
  if (request.url.includes('?'))
    throw new Malformed(
      'IncompleteSignatureException',
      'The URL has a query. Presigned URLs are not supported. Sign the request in the Authorization header.',
    )
  const authorization = headers.get('authorization')
  if (authorization === undefined)
    throw new Malformed(
      'MissingAuthenticationTokenException',
      'The request has no Authorization header. Sign it with an access key.',
    )
  if (/^Basic /i.test(authorization)) return readBasic(request, authorization)

  if (headers.has('x-amz-security-token'))
    throw new Malformed(
      'InvalidClientTokenIdException',
      'Temporary credentials are not supported. Use an access key of this gateway, which has no session token.',
    )
  const read = readAuthorization(authorization, headers, request)
  checkDate(read.signedAt, request.at)
  return { kind: 'signed', authorization: read, headers }
}

function uniqueHeaders(pairs: SignedRequest['headers']): Headers {
  const headers = new Map<string, string>()
  for (const [written, value] of pairs) {
    const name = written.toLowerCase()
    if (headers.has(name))
      throw new Malformed(
        'IncompleteSignatureException',
        `The header ${name} appears more than once.`,
      )
    headers.set(name, value)
  }
  return headers
}

function readBasic({ secure }: SignedHead, authorization: string): SignedForm {
  if (secure) return { kind: 'basic', authorization }
  throw new Malformed(
    'IncompleteSignatureException',
    'Basic authentication is accepted only over TLS or from the machine of the gateway. Use https, or sign the request.',
  )
}

const LINE =
  /^AWS4-HMAC-SHA256 Credential=([\w+=.@-]{1,128})\/(\d{8})\/([\w-]{1,64})\/([\w-]+)\/aws4_request, *SignedHeaders=([^,\s]+), *Signature=([0-9a-f]{64})$/

function readAuthorization(text: string, headers: Headers, { url }: SignedHead): Authorization {
  const [, keyId = '', day, region = '', service, names = '', signature] = LINE.exec(text) ?? []
  if (signature === undefined)
    throw new Malformed(
      'IncompleteSignatureException',
      'The Authorization header is not of the form AWS4-HMAC-SHA256 ' +
        'Credential=key/date/region/workmail/aws4_request, SignedHeaders=…, Signature=….',
    )
  if (service !== SERVICE)
    throw new Malformed(
      'InvalidSignatureException',
      `Credential should be scoped to correct service: '${SERVICE}'.`,
    )
  const signedHeaders = names.split(';')
  checkSignedHeaders(signedHeaders, headers)
  const { date, signedAt } = readDate(headers.get('x-amz-date') ?? '')
  if (!date.startsWith(`${day}T`))
    throw new Malformed(
      'InvalidSignatureException',
      `The date in Credential is not that of X-Amz-Date: ${day} and ${date}.`,
    )
  const scope = `${day}/${region}/${SERVICE}/aws4_request`
  const line = `AWS4-HMAC-SHA256 Credential=${keyId}/${scope}, SignedHeaders=${names}, Signature=${signature}`
  return { keyId, region, signedHeaders, signedAt, path: url, line }
}

function checkSignedHeaders(signed: readonly string[], headers: Headers): void {
  const needed = ['host', 'x-amz-date', 'x-amz-target']
  if (headers.has('content-type')) needed.push('content-type')
  const unsigned = needed.filter(name => !signed.includes(name))
  if (unsigned.length > 0)
    throw new Malformed(
      'IncompleteSignatureException',
      `SignedHeaders must include ${unsigned.join(', ')}.`,
    )
  const missing = signed.find(name => !headers.has(name))
  if (missing !== undefined)
    throw new Malformed(
      'IncompleteSignatureException',
      `SignedHeaders names ${missing}, but the request has no such header.`,
    )
}

const DATE = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/

function readDate(date: string): { date: string; signedAt: number } {
  const signedAt = DATE.test(date)
    ? Date.parse(date.replace(DATE, '$1-$2-$3T$4:$5:$6Z'))
    : Number.NaN
  if (Number.isNaN(signedAt))
    throw new Malformed(
      'IncompleteSignatureException',
      'X-Amz-Date is not of the form YYYYMMDDTHHMMSSZ.',
    )
  return { date, signedAt }
}

/**
 * Rejects an old signature with the message that AWS sends. AWS SDKs read it to correct their clock, and then try
 * again.
 */
function checkDate(signedAt: number, at: number): void {
  const limit = (ms: number) => new Date(ms).toISOString().replace(/[-:]|\.\d+/g, '')
  if (signedAt < at - SKEW_MS)
    throw new Malformed(
      'InvalidSignatureException',
      `Signature expired: ${limit(signedAt)} is now earlier than ${limit(at - SKEW_MS)} ` +
        `(${limit(at)} - ${SKEW_MINUTES} min.)`,
    )
  if (signedAt > at + SKEW_MS)
    throw new Malformed(
      'InvalidSignatureException',
      `Signature not yet current: ${limit(signedAt)} is still later than ${limit(at + SKEW_MS)} ` +
        `(${limit(at)} + ${SKEW_MINUTES} min.)`,
    )
}

/** Returns the problem with the hash of the body in the headers, or undefined if there is none. */
export function payloadProblem(headers: Headers, body: Uint8Array): string | undefined {
  const announced = headers.get('x-amz-content-sha256')
  if (announced === undefined || announced === hash('sha256', body, 'hex')) return undefined
  return /^(UNSIGNED|STREAMING)-/.test(announced)
    ? 'X-Amz-Content-Sha256 must be the hash of the body. Unsigned and streaming payloads are not supported.'
    : 'X-Amz-Content-Sha256 is not the hash of the body.'
}
