/**
 * Reads pasted addresses.
 *
 * @module
 */

/** Returns the addresses in a text, without duplicates. */
export const addressesIn = (text: string): readonly string[] => [
  ...new Set(
    text
      .split(/[\n,;]/)
      .map(addressIn)
      .filter(entry => entry !== ''),
  ),
]

/** Returns the address of an entry, also of one that a mail client writes: `Alice <alice@example.com>`. */
function addressIn(entry: string): string {
  const text = entry.trim()
  return text.endsWith('>') ? text.slice(text.lastIndexOf('<') + 1, -1).trim() : text
}
