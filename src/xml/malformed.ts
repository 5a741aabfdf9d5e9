/**
 * Creates the failures for invalid documents.
 *
 * @module
 */

import { Failure } from '../model/failure.ts'

/** Returns the failure for a document that is not well-formed, not an envelope, or above a limit. */
export const malformed = (what: string) => new Failure('envelope-malformed', what)

/** Returns the failure for a document that is not UTF-8. */
export const notUtf8 = (what: string) => new Failure('encoding-refused', what)
