/**
 * The failures of a reader.
 *
 * @module
 */

import { Failure } from '../model/failure.ts'

/** Not well-formed, not an envelope, or past a limit. */
export const malformed = (what: string) => new Failure('envelope-malformed', what)

/** Not UTF-8. */
export const notUtf8 = (what: string) => new Failure('encoding-refused', what)
