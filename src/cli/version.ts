/**
 * `ews-gateway version`: prints the version.
 *
 * @module
 */

import { VERSION } from '../app/version.ts'
import type { Output } from './users.ts'

/** Prints the version on a line. */
export const printVersion = ({ print }: Output): void => print(`${VERSION}\n`)
