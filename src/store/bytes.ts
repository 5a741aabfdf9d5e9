/**
 * Bytes as the text that every database keeps alike: base64.
 *
 * @module
 */

export const toText = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64')

export const toBytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'base64'))
