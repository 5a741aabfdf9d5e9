/**
 * The HTTP server of the sandbox.
 *
 * @module
 */

import { createServer, type RequestListener } from 'node:http'
import { createServer as createTlsServer, type ServerOptions } from 'node:https'
import { Conversation, type Settings } from './conversation.ts'

/** The server, not yet listening. */
export function createExchangeServer(settings: Settings, tls?: ServerOptions) {
  const streams = new Set<() => void>()
  const listener: RequestListener = (request, response) => {
    new Conversation(settings, streams, request, response).handle()
  }
  const server = tls === undefined ? createServer(listener) : createTlsServer(tls, listener)
  const endStreams = () => {
    for (const stop of streams) stop()
  }
  return { server, endStreams }
}
