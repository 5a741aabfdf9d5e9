/**
 * Certificates of the bench, and requests to a server that has one of them.
 *
 * @module
 */

import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Agent, fetch } from 'undici'
import { makeCertificates } from '../test/kit/certificates.ts'

/** Paths of a certificate, its key, and the authority that signed it, in PEM. */
export type TlsFiles = Readonly<{ ca: string; certificate: string; privateKey: string }>

const NAME = 'bench'

/** Makes an authority and a certificate of this machine in a folder. */
export function makeTlsFiles(parent: string): TlsFiles {
  const folder = join(parent, 'tls')
  mkdirSync(folder)
  makeCertificates(folder, [{ name: NAME, alternative: 'IP:127.0.0.1,DNS:localhost' }])
  const file = (name: string) => join(folder, name)
  return { ca: file('ca.crt'), certificate: file(`${NAME}.crt`), privateKey: file(`${NAME}.key`) }
}

/** Sends a request to a port of this machine, by HTTPS if there is a CA to trust. */
export async function post(
  { port, path, ca }: Readonly<{ port: number; path: string; ca?: string | undefined }>,
  headers: Readonly<Record<string, string>>,
  body: Uint8Array | URLSearchParams,
): Promise<Readonly<{ status: number; text: string }>> {
  const connect = ca === undefined ? {} : { ca: readFileSync(ca, 'utf8') }
  const dispatcher = new Agent({ connect })
  try {
    const url = `${ca === undefined ? 'http' : 'https'}://127.0.0.1:${port}${path}`
    const response = await fetch(url, { method: 'POST', headers, body, dispatcher })
    return { status: response.status, text: await response.text() }
  } finally {
    await dispatcher.close()
  }
}
