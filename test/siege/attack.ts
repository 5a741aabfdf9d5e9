/**
 * One attack by what a request says.
 *
 * @module
 */

import type { Head } from './requests.ts'

export type Attack = Readonly<{
  name: string
  body: string | Uint8Array
  head?: Head
  /** It may go on, for then it does no harm; the others must be refused. */
  mayPass?: true
}>

export const refused = (name: string, body: string | Uint8Array, head?: Head): Attack =>
  head === undefined ? { name, body } : { name, body, head }

export const harmless = (name: string, body: string | Uint8Array, head?: Head): Attack => ({
  ...refused(name, body, head),
  mayPass: true,
})
