/**
 * Prints the effective configuration, without secrets.
 *
 * @module
 */

import { stringify } from 'yaml'
import { writeListenAddress } from '../model/listen-address.ts'
import { describeCertificates } from './certificates.ts'
import type { Config } from './schema.ts'
import type { SinkConfig } from './sinks.ts'
import type { CacheConfig, StoreConfig } from './stores.ts'

/** Returns the configuration as YAML, with `[secret]` for every secret and a description of every certificate. */
export function printConfig(config: Config, now: number): string {
  const { listen, store, cache, sinks } = config
  const written = {
    ...config,
    listen: {
      data: writeListenAddress(listen.data),
      control: writeListenAddress(listen.control),
      ops: writeListenAddress(listen.ops),
      shareData: listen.shareData,
    },
    store: store.kind === 'sqlite' ? `sqlite:${store.file}` : withSecrets(writeStore(store), store),
    cache: cache.kind === 'memory' ? 'memory' : withSecrets(writeCache(cache), cache),
    sinks: sinks.map(writeSink),
  }
  return stringify(describeCertificates(written, now), {
    lineWidth: 0,
    aliasDuplicateObjects: false,
  })
}

/** Returns a sink as it is written, with only the host of a webhook's URL. The rest can contain a token. */
function writeSink(sink: SinkConfig) {
  if (sink.kind === 'syslog') return { ...sink, address: writeListenAddress(sink.address) }
  if (sink.kind === 'webhook')
    return { ...sink, url: `${new URL(sink.url.reveal()).origin}/${sink.url}` }
  return sink
}

type Postgres = Extract<StoreConfig, Readonly<{ kind: 'postgres' }>>
type Redis = Extract<CacheConfig, Readonly<{ kind: 'redis' }>>

/** Returns a URL, or a mapping with the URL if it also has secrets or certificates. */
function withSecrets(url: string, { password, tls }: Postgres | Redis) {
  const ca = tls === false ? undefined : tls.ca
  if (password === undefined && ca === undefined) return url
  return { url, ...(password && { password }), ...(ca !== undefined && { ca }) }
}

function writeStore({ user, database, tls, ...address }: Postgres): string {
  const [name, at] = [encodeURIComponent(user), writeListenAddress(address)]
  const mode = tls === false ? 'disable' : 'verify-full'
  return `postgres://${name}@${at}/${encodeURIComponent(database)}?sslmode=${mode}`
}

function writeCache({ nodes, sentinel, database, username, tls }: Redis): string {
  const scheme = `redis${tls === false ? '' : 's'}${sentinel === undefined ? '' : '+sentinel'}`
  const name = username === undefined ? '' : `${encodeURIComponent(username)}@`
  return `${scheme}://${name}${nodes.map(writeListenAddress).join(',')}/${sentinel ?? database}`
}
