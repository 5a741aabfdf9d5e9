/**
 * TLS of a listener.
 *
 * @module
 */

import type { Secret } from '../model/secret.ts'

/** PEM texts. */
export type ListenerTls = Readonly<{ certificate: string; privateKey: Secret }>

/** In the words of node:tls. */
export const pem = ({ certificate, privateKey }: ListenerTls) => ({
  cert: certificate,
  key: privateKey.reveal(),
})
