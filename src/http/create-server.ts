/**
 * Creates HTTP and HTTPS servers.
 *
 * It takes node:http as `require()` gives it. An import of it reads all that it has, its WebSocket
 * among that, and so loads Node's own fetch: 2 MB that nothing here uses. Types may be imported.
 *
 * @module
 */

import type { Server, ServerOptions } from 'node:http'
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https'
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

/** Names of node:tls for a certificate and its key. */
export const pem = ({ certificate, privateKey }: ListenerTls) => ({
  cert: certificate,
  key: privateKey.reveal(),
})
