/**
 * Creates HTTP and HTTPS servers.
 *
 * It takes node:http as `require()` gives it. An import of it reads all that it has, its WebSocket
 * among that, and so loads Node's own fetch: 2 MB that nothing here uses. Types may be imported.
 *
 * @module
 */

import type { Server, ServerOptions } from 'node:http'
import { createServer as createTlsServer, Server as TlsServer } from 'node:https'
import type { Secret } from '../model/secret.ts'
import { tlsError } from './listen-error.ts'

const { createServer: createPlainServer } = process.getBuiltinModule('node:http')

/** Certificate and private key of a listener, in PEM. */
export type ListenerTls = Readonly<{ certificate: string; privateKey: Secret }>

/**
 * Creates an HTTPS server if TLS is given, and an HTTP server otherwise.
 *
 * @throws ListenError
 */
export function createServer(
  options: ServerOptions,
  tls: ListenerTls | undefined,
): Server | TlsServer {
  if (tls === undefined) return createPlainServer(options)
  try {
    return createTlsServer({ ...options, ...pem(tls) })
  } catch (error) {
    throw error instanceof Error ? tlsError(error) : error
  }
}

/**
 * Uses another certificate for new connections.
 *
 * @returns false for a server without TLS
 */
export function reloadTls(server: Server | TlsServer, tls: ListenerTls): boolean {
  if (!(server instanceof TlsServer)) return false
  server.setSecureContext(pem(tls))
  return true
}

const pem = ({ certificate, privateKey }: ListenerTls) => ({
  cert: certificate,
  key: privateKey.reveal(),
})
