/**
 * Where tools reach the gateway.
 *
 * @module
 */

import { hostname } from 'node:os'
import { writeListenAddress } from '../model/listen-address.ts'
import type { Config } from './schema.ts'

const PATH = '/EWS/Exchange.asmx'

/**
 * The EWS URL for a tool: of `publicUrl`, else of the data listener, by this machine's name where it
 * listens everywhere.
 *
 * @param port - of the data listener
 */
export function ewsUrlOf(
  { publicUrl, tls, listen }: Pick<Config, 'publicUrl' | 'tls' | 'listen'>,
  port: number,
): string {
  if (publicUrl !== undefined) return `${publicUrl}${PATH}`
  const { host } = listen.data
  const isEverywhere = host === '0.0.0.0' || host === '::'
  const address = writeListenAddress({ host: isEverywhere ? hostname() : host, port })
  return `${tls ? 'https' : 'http'}://${address}${PATH}`
}
