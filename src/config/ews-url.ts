/**
 * Finds the URL at which tools reach the data listener.
 *
 * @module
 */

import { X509Certificate } from 'node:crypto'
import { hostname, networkInterfaces } from 'node:os'
import { parseAddress } from '../model/address.ts'
import { writeListenAddress } from '../model/listen-address.ts'
import { isLoopback } from './network.ts'
import type { Config } from './schema.ts'

const PATH = '/EWS/Exchange.asmx'

/** Host name and addresses of the machine that the gateway runs on. */
export type Machine = Readonly<{ hostname: string; addresses: readonly string[] }>

type Listening = Pick<Config, 'publicUrl' | 'tls' | 'listen' | 'tlsTerminatedBy'>

/**
 * Returns the EWS URL for tools, or undefined if it is not known without `publicUrl`.
 *
 * Without `publicUrl`, the URL has a name that the certificate covers, so a tool that verifies the certificate
 * accepts it. Without TLS, it is the address of a listener on loopback. If a proxy ends TLS, the URL is the
 * proxy's, which the gateway doesn't know.
 *
 * @param port - port of the data listener
 */
export function ewsUrlOf(
  { publicUrl, tls, tlsTerminatedBy, listen }: Listening,
  port: number,
  machine: Machine = thisMachine(),
): string | undefined {
  if (publicUrl !== undefined) return `${publicUrl}${PATH}`
  if (tlsTerminatedBy.length > 0) return undefined
  const { host } = listen.data
  if (tls === undefined) return isLoopback(host) ? urlOf('http', host, port) : undefined
  const name = nameIn(new X509Certificate(tls.certificate), host, machine)
  return name === undefined ? undefined : urlOf('https', name, port)
}

const urlOf = (scheme: string, host: string, port: number): string =>
  new URL(PATH, `${scheme}://${writeListenAddress({ host, port })}`).href

function thisMachine(): Machine {
  const addresses = Object.values(networkInterfaces()).flatMap((entries = []) => entries)
  return { hostname: hostname(), addresses: addresses.map(({ address }) => address) }
}

/**
 * Returns a name that the certificate covers and that leads to the listener: the configured host, this machine's
 * name, or the first DNS name of the certificate. `localhost` is used only for a listener on loopback. Without a
 * usable DNS name, returns an address of the listener that the certificate contains.
 */
function nameIn(certificate: X509Certificate, host: string, machine: Machine): string | undefined {
  const names = namesIn(certificate)
  if (isLoopback(host) && names.includes(LOCALHOST)) return LOCALHOST
  const own = machine.hostname.toLowerCase()
  const usable = names.filter(name => name !== LOCALHOST)
  return (
    [host.toLowerCase(), own].find(name => name !== LOCALHOST && covers(certificate, name)) ??
    usable.find(name => name.startsWith(`${own}.`)) ??
    usable[0] ??
    listenedAddresses(host, machine).find(address => certificate.checkIP(address) !== undefined)
  )
}

const LOCALHOST = 'localhost'

const DNS = 'DNS:'

/**
 * Returns the DNS names of a certificate. Leaves out wildcards, and parts of names that contain a separator, which
 * Node.js quotes.
 */
const namesIn = (certificate: X509Certificate): readonly string[] =>
  (certificate.subjectAltName ?? '')
    .split(', ')
    .filter(entry => entry.startsWith(DNS))
    .map(entry => entry.slice(DNS.length).toLowerCase())
    .filter(name => !/[^a-z0-9.-]/.test(name) && covers(certificate, name))

/** Whether a certificate covers a name. Ignores the common name of the subject, as clients do. */
const covers = (certificate: X509Certificate, name: string): boolean =>
  certificate.checkHost(name, { subject: 'never' }) !== undefined

function listenedAddresses(host: string, { addresses }: Machine): readonly string[] {
  const isEverywhere = host === '0.0.0.0' || host === '::'
  const listened = isEverywhere ? addresses.filter(address => !isLoopback(address)) : [host]
  return listened.filter(address => parseAddress(address) !== undefined)
}
