/**
 * Steps of a check that need no credentials: name, TCP, TLS, and authentication schemes.
 *
 * @module
 */

import { lookup } from 'node:dns/promises'
import { connect, isIP, type Socket } from 'node:net'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import { Client } from 'undici'
import type { ServerKind } from '../model/server-kind.ts'
import { type Account, ADVICE, SCHEME_ADVICE, SCHEMES } from './advice.ts'
import type { UpstreamTls } from './authentication.ts'
import { CLIENT_OPTIONS, connectOptions } from './connect.ts'
import { failureOf } from './failures.ts'
import type { CheckLine, CheckName } from './upstream.ts'

export type Endpoint = Readonly<{
  url: URL
  account: Account
  server: ServerKind
  tls: UpstreamTls
  userAgent: string
  /** Deadline of each step in milliseconds. */
  deadlineMs: number
  /** Ends a request before its response. */
  signal?: AbortSignal
}>

/** Returns the line of a failed step. */
export const failed = (name: CheckName, detail: string, advice: string): CheckLine => ({
  name,
  result: 'failed',
  detail,
  advice,
})

export async function checkName({ url, deadlineMs }: Endpoint): Promise<CheckLine> {
  const host = hostOf(url)
  if (isIP(host) > 0) return { name: 'name', result: 'ok', detail: `${host} is an address` }
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(() => late.reject(tooSlow()), deadlineMs)
  try {
    const found = await Promise.race([lookup(host, { all: true }), late.promise])
    const addresses = found.map(({ address }) => address).join(', ')
    return { name: 'name', result: 'ok', detail: `${host} is ${addresses}` }
  } catch (error) {
    return failed('name', `${host} has no address (${codeOf(error)})`, ADVICE.name)
  } finally {
    clearTimeout(timer)
  }
}

export async function checkTcp({ url, deadlineMs }: Endpoint): Promise<CheckLine> {
  const [host, port] = [hostOf(url), portOf(url)]
  try {
    const socket = await opened(connect({ host, port }), 'connect', deadlineMs)
    socket.destroy()
    return { name: 'tcp', result: 'ok', detail: `port ${port} accepts connections` }
  } catch (error) {
    return failed(
      'tcp',
      `port ${port} of ${host} accepts no connection (${codeOf(error)})`,
      ADVICE.tcp,
    )
  }
}

export async function checkTls(endpoint: Endpoint): Promise<CheckLine> {
  const { url, tls, deadlineMs } = endpoint
  if (url.protocol === 'http:') {
    return {
      name: 'tls',
      result: 'skipped',
      detail: 'upstream.url is http, so the connection is not encrypted',
    }
  }
  const host = hostOf(url)
  const name = tls.serverName ?? host
  const socket = connectTls({
    ...connectOptions(tls),
    host,
    port: portOf(url),
    // Sends no server name (SNI) for an IP address. The address is still compared with the certificate.
    ...(isIP(name) === 0 && { servername: name }),
  })
  try {
    const { subject, issuer, valid_to } = certificateOf(
      await opened(socket, 'secureConnect', deadlineMs),
    )
    const detail = `${socket.getProtocol()}, certificate of ${subject} by ${issuer}, until ${valid_to}`
    return { name: 'tls', result: 'ok', detail }
  } catch (error) {
    const { detail, advice } = explainTls(error, name)
    return failed('tls', detail, advice)
  } finally {
    socket.destroy()
  }
}

const AUTHORITY = /^(?:UNABLE_TO|SELF_SIGNED|DEPTH_ZERO|CERT_UNTRUSTED|INVALID_CA)/

export function explainTls(error: unknown, name: string): { detail: string; advice: string } {
  const code = codeOf(error)
  if (code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID') {
    const when = code === 'CERT_HAS_EXPIRED' ? 'has expired' : 'is not yet valid'
    return {
      detail: `the certificate ${when} (${code})`,
      advice: 'Renew the certificate on the server, or set the clock of this machine.',
    }
  }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return {
      detail: `the certificate is for another name than ${name} (${code})`,
      advice:
        'Use a name of the certificate in upstream.url, or set upstream.tls.serverName to one.',
    }
  }
  if (AUTHORITY.test(code)) {
    return {
      detail: `no authority in upstream.tls.ca (default: public authorities) has signed the certificate (${code})`,
      advice: "Put the certificate of the server's authority into upstream.tls.ca.",
    }
  }
  return {
    detail: `the TLS handshake failed (${code})`,
    advice:
      'Check that the port of upstream.url is an https port, and check proxies in front of the server.',
  }
}

function certificateOf(socket: TLSSocket) {
  const { subject, issuer, valid_to, subjectaltname } = socket.getPeerCertificate()
  return {
    subject: plain(subjectaltname ?? subject?.CN),
    issuer: plain(issuer?.CN ?? issuer?.O),
    valid_to,
  }
}

/** Returns text of the server as one short line for a message. */
const plain = (text: string | string[] | undefined) =>
  String(text ?? 'nobody')
    .replace(/[^\x20-\x7e]/g, '?')
    .slice(0, 128)

/** Checks that the server has the path of the URL, if that can be seen without credentials. */
export async function checkPath(endpoint: Endpoint): Promise<CheckLine> {
  const { pathname } = endpoint.url
  const status = await challenge(endpoint).then(
    ({ status }) => status,
    // Ignores a server that can't respond now, because that says nothing about the path.
    () => undefined,
  )
  if (status === 404) return failed('schemes', `${pathname} answers with status 404`, ADVICE.path)
  return { name: 'schemes', result: 'ok', detail: `${pathname} does not answer with status 404` }
}

export async function checkSchemes(endpoint: Endpoint): Promise<CheckLine> {
  const { url, account, server } = endpoint
  let answer: Readonly<{ status: number; schemes: readonly string[] }>
  try {
    answer = await challenge(endpoint)
  } catch (error) {
    const { message } = failureOf(error)
    return failed('schemes', message, ADVICE.server)
  }
  const { status, schemes } = answer
  if (status !== 401) {
    return failed(
      'schemes',
      `${url.pathname} answers with status ${status} and asks for no credentials, so it is not an EWS endpoint`,
      ADVICE.path,
    )
  }
  const offered = schemes.length > 0 ? schemes.join(', ') : 'nothing'
  if (schemes.some(scheme => scheme.toLowerCase() === SCHEMES[account].scheme)) {
    return { name: 'schemes', result: 'ok', detail: `offers ${offered}` }
  }
  return failed(
    'schemes',
    `offers ${offered}, and not ${SCHEMES[account].scheme}, which authentication.kind ${account} needs`,
    SCHEME_ADVICE[server](account),
  )
}

/** Returns the response to an empty request without credentials. */
async function challenge({ url, tls, userAgent, deadlineMs, signal }: Endpoint) {
  const client = new Client(url.origin, {
    ...CLIENT_OPTIONS,
    connectTimeout: deadlineMs,
    connect: connectOptions(tls),
  })
  const timer = setTimeout(() => void client.destroy(tooSlow()), deadlineMs)
  try {
    const { statusCode, headers, body } = await client.request({
      path: url.pathname + url.search,
      method: 'POST',
      headers: { 'Content-Type': 'text/xml; charset=utf-8', 'User-Agent': userAgent },
      ...(signal && { signal }),
    })
    body.on('error', () => undefined).destroy()
    return { status: statusCode, schemes: schemesOf(headers['www-authenticate']) }
  } finally {
    clearTimeout(timer)
    void client.destroy()
  }
}

/** Returns the first word of each challenge. Parameters contain an equals sign. */
function schemesOf(challenges: string | string[] | undefined): string[] {
  const words = [challenges ?? []]
    .flat()
    .flatMap(text =>
      Array.from(text.matchAll(/(?:^|,)\s*([A-Za-z][\w-]{0,31})(?=\s*,|\s*$|\s+[^\s=])/g)),
    )
    .map(([, word = '']) => word)
  return [...new Set(words)]
}

/** Returns the socket after an event. */
function opened<S extends Socket>(socket: S, event: string, deadlineMs: number): Promise<S> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => socket.destroy(tooSlow()), deadlineMs)
    socket
      .once(event, () => {
        clearTimeout(timer)
        resolve(socket)
      })
      .on('error', error => {
        clearTimeout(timer)
        reject(error)
      })
  })
}

/** Returns an error with a code, which messages and `failureOf` use. */
const tooSlow = () =>
  Object.assign(new Error('It took too long'), { code: 'UND_ERR_HEADERS_TIMEOUT' })

function codeOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return code === 'UND_ERR_HEADERS_TIMEOUT' ? 'it took too long' : code || 'without a reason'
}

const hostOf = ({ hostname }: URL) => hostname.replace(/^\[(.*)\]$/, '$1')

const portOf = ({ protocol, port }: URL) => Number(port || (protocol === 'https:' ? 443 : 80))
