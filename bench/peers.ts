/**
 * Peers of the gateway: proxies that check nothing, and one that checks naively.
 *
 * @module
 */

import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort } from '../test/kit/services/process.ts'
import { isInstalled, MEASURED_CORE, Program } from './process.ts'
import type { TlsFiles } from './tls.ts'

const PEERS = join(import.meta.dirname, 'peers')
const BASIC = 'Basic YmVuY2g6YmVuY2g='

/** Something that takes requests, whatever it does with them. */
export type Subject = Readonly<{
  name: string
  program: Program
  port: number
  /** Authorization headers that it takes. */
  authorizations: readonly string[]
  /** Folder of its audit, if it keeps one. */
  dataFolder?: string
  /** Resolves when it has done what its answers left to be done. */
  settled?: () => Promise<void>
  /** File of the CA that signed its certificate, if it speaks TLS. */
  ca?: string | undefined
}>

/** @param tls - encrypts both sides; only some peers can */
type Start = (folder: string, upstreamPort: number, tls?: TlsFiles) => Promise<Subject>

/** How a peer is started, and what must be there for it. */
type Peer = Readonly<{ isThere: () => boolean; start: Start }>

async function run(
  name: string,
  command: readonly string[],
  port: number,
  cwd?: string,
): Promise<Subject> {
  const program = await Program.start(command, {
    core: MEASURED_CORE,
    ready: port,
    ...(cwd !== undefined && { cwd }),
  })
  return { name, program, port, authorizations: [BASIC] }
}

const ofNode =
  (name: string, file: string): Start =>
  async (_, upstreamPort, tls) => {
    const port = await freePort()
    const files = tls === undefined ? [] : [tls.ca, tls.certificate, tls.privateKey]
    const command = [process.execPath, join(PEERS, file), `${port}`, `${upstreamPort}`, ...files]
    return { ...(await run(name, command, port)), ca: tls?.ca }
  }

const npmPeer = (name: string, file: string): Peer => ({
  isThere: () => existsSync(join(import.meta.dirname, 'node_modules', name)),
  start: ofNode(name, file),
})

const MODULES = '/usr/lib/nginx/modules'
const NJS = `${MODULES}/ngx_http_js_module.so`

/** Requests are not kept back, and connections are kept. */
const nginx =
  (name: string, isNaive: boolean): Start =>
  async (folder, upstreamPort, tls) => {
    const port = await freePort()
    const place = join(folder, `${name.replaceAll(' ', '-')}-${port}`)
    mkdirSync(place, { recursive: true })
    const pass = `proxy_pass http${tls === undefined ? '' : 's'}://upstream; proxy_http_version 1.1; proxy_set_header Connection "";
      proxy_set_header Authorization "${BASIC}"; proxy_buffering off; ${tls === undefined ? '' : `proxy_ssl_trusted_certificate ${tls.ca}; proxy_ssl_verify on; proxy_ssl_name localhost;`}`
    const ssl =
      tls === undefined
        ? ''
        : `ssl_certificate ${tls.certificate}; ssl_certificate_key ${tls.privateKey};`
    const locations = isNaive
      ? `location / { js_content naive.judge; } location @upstream { ${pass} }`
      : `location / { proxy_request_buffering off; ${pass} }`
    writeFileSync(
      join(place, 'nginx.conf'),
      `${isNaive ? `load_module ${NJS};` : ''} daemon off; worker_processes 1; pid ${place}/pid;
error_log ${place}/error.log; events { worker_connections 2048; }
http {
  client_body_temp_path ${place}/body; proxy_temp_path ${place}/proxy; fastcgi_temp_path ${place}/f;
  uwsgi_temp_path ${place}/u; scgi_temp_path ${place}/s;
  ${isNaive ? `js_path "${PEERS}"; js_import naive from naive.js; js_var $judged; log_format audit '$msec $remote_addr $judged $status $request_length $bytes_sent $request_time'; access_log ${place}/access.log audit;` : 'access_log off;'}
  keepalive_requests 100000000; keepalive_timeout 600s; client_max_body_size 100m;
  client_body_buffer_size 256k; client_body_in_single_buffer on; tcp_nodelay on;
  upstream upstream { server 127.0.0.1:${upstreamPort}; keepalive 64; keepalive_requests 100000000; }
  server { listen 127.0.0.1:${port}${tls === undefined ? '' : ' ssl'}; ${ssl} ${locations} }
}`,
    )
    const command = ['nginx', '-p', place, '-c', join(place, 'nginx.conf')]
    return { ...(await run(name, command, port)), ca: tls?.ca }
  }

const haproxy: Start = async (folder, upstreamPort) => {
  const port = await freePort()
  const file = join(folder, 'haproxy.cfg')
  writeFileSync(
    file,
    `global
  nbthread 1
defaults
  mode http
  timeout connect 5s
  timeout client 120s
  timeout server 120s
  http-reuse always
frontend f
  bind 127.0.0.1:${port}
  http-request set-header Authorization "${BASIC}"
  default_backend b
backend b
  server s 127.0.0.1:${upstreamPort} maxconn 64
`,
  )
  return run(HAPROXY, ['haproxy', '-db', '-f', file], port)
}

export const NGINX = 'nginx'
export const HAPROXY = 'HAProxy'
export const NAIVE = 'nginx + njs, naive'
export const BARE = 'node:http + undici, bare'

/** Peers by name; the table has them in this order. */
export const peers: Readonly<Record<string, Peer>> = {
  [NGINX]: { isThere: () => isInstalled('nginx'), start: nginx(NGINX, false) },
  [HAPROXY]: { isThere: () => isInstalled('haproxy'), start: haproxy },
  [NAIVE]: {
    isThere: () =>
      isInstalled('nginx') &&
      existsSync(MODULES) &&
      readdirSync(MODULES).some(f => NJS.endsWith(f)),
    start: nginx(NAIVE, true),
  },
  [BARE]: { isThere: () => true, start: ofNode(BARE, 'undici.ts') },
  'fast-proxy': npmPeer('fast-proxy', 'fast-proxy.js'),
  'http-proxy': npmPeer('http-proxy', 'http-proxy.js'),
  '@fastify/http-proxy': npmPeer('@fastify/http-proxy', 'fastify.js'),
}
