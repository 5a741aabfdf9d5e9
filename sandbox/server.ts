/**
 * The HTTP server of the sandbox.
 *
 * @module
 */

import { createServer, type RequestListener } from 'node:http'
import { createServer as createTlsServer, type ServerOptions } from 'node:https'
import { Conversation, type Settings } from './conversation.ts'

/** Time for which IIS keeps an idle connection. */
const KEEP_ALIVE_MS = 120_000

/** Returns the server, which doesn't listen yet. */
export function createExchangeServer(settings: Settings, tls?: ServerOptions) {
  const streams = new Set<() => void>()
  const listener: RequestListener = (request, response) => {
    new Conversation(settings, streams, request, response).handle()
  }
  const server = tls === undefined ? createServer(listener) : createTlsServer(tls, listener)
  server.keepAliveTimeout = KEEP_ALIVE_MS
  const endStreams = () => {
    for (const stop of streams) stop()
  }
  return { server, endStreams }
}
