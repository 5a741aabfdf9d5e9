// node bench/peers/fastify.js PORT UPSTREAM_PORT

import httpProxy from '@fastify/http-proxy'
import fastify from 'fastify'

const [port, upstreamPort] = process.argv.slice(2).map(Number)
const server = fastify({ bodyLimit: 100_000_000 })
await server.register(httpProxy, {
  upstream: `http://127.0.0.1:${upstreamPort}`,
  undici: { connections: 64, pipelining: 1 },
})
await server.listen({ port, host: '127.0.0.1' })
