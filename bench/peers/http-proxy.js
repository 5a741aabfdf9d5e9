// node bench/peers/http-proxy.js PORT UPSTREAM_PORT

import { Agent, createServer } from 'node:http'
import httpProxy from 'http-proxy'

const [port, upstreamPort] = process.argv.slice(2).map(Number)
const agent = new Agent({ keepAlive: true, maxSockets: 64 })
const proxy = httpProxy.createProxyServer({ target: `http://127.0.0.1:${upstreamPort}`, agent })
proxy.on('error', (_, __, response) => response.destroy())
createServer((request, response) => proxy.web(request, response)).listen(port, '127.0.0.1')
