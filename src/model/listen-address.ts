/**
 * Host and port of a listener or a server.
 *
 * @module
 */

/** Host and port. An IPv6 host has no brackets. Port 0 means any free port. */
export type ListenAddress = Readonly<{ host: string; port: number }>

/** Writes `HOST:PORT`, with an IPv6 host in brackets. */
export function writeListenAddress({ host, port }: ListenAddress): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}
