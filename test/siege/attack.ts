/**
 * Describes an attack by the content of a request.
 *
 * @module
 */

import type { Head } from './requests.ts'

export type Attack = Readonly<{
  name: string
  body: string | Uint8Array
  head?: Head
  /** Whether the gateway may forward the attack, because it is then harmless. All others must be rejected. */
  mayPass?: true
}>

export const refused = (name: string, body: string | Uint8Array, head?: Head): Attack =>
  head === undefined ? { name, body } : { name, body, head }

export const harmless = (name: string, body: string | Uint8Array, head?: Head): Attack => ({
  ...refused(name, body, head),
  mayPass: true,
})
