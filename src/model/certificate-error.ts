/**
 * Errors about certificates that no trusted authority has signed.
 *
 * @module
 */

const CODES: ReadonlySet<unknown> = new Set([
  'CERT_UNTRUSTED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'INVALID_CA',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
])

/** Beginning of the advice that Node.js adds. It names options of Node.js, which `ews-gateway` doesn't take. */
const ADVICE_OF_NODE = '; if the root CA is installed locally'

/** Whether no trusted authority has signed the certificate of a server. */
export const isUntrusted = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && CODES.has(error.code)

/** Returns the message of an error without advice about options of Node.js. */
export const ownMessageOf = ({ message }: Error): string => message.split(ADVICE_OF_NODE, 1).join()
