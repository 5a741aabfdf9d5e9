/**
 * Converts bytes to base64 text, which every database stores in the same way.
 *
 * @module
 */

export const toText = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64')

export const toBytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'base64'))
