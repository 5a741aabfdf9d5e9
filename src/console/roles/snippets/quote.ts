/**
 * Writes text as a literal of each language. The language reads the literal as exactly that text.
 *
 * @module
 */

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
}

/** Returns the text of an XML element or attribute. */
export const xmlText = (value: string): string =>
  value.replace(/[&<>"']/g, character => ENTITIES[character] ?? character)

/** Returns a literal of a POSIX shell, in which nothing is expanded. */
export const shellLiteral = (value: string): string => `'${value.replaceAll("'", "'\\''")}'`

/**
 * Returns a literal of PowerShell, in which nothing is expanded. PowerShell reads typographic quotes as quotes too.
 */
export const powerShellLiteral = (value: string): string =>
  `'${value.replace(/['\u2018\u2019\u201a\u201b]/g, '$&$&')}'`

/** Returns a literal of Python and Java, which have the escapes of JSON. */
export const jsonLiteral = (value: string): string => JSON.stringify(value)

/** Returns a literal of C#, in which more characters end a line than in JSON. */
export const csharpLiteral = (value: string): string =>
  JSON.stringify(value).replace(/[\u0085\u2028\u2029]/g, escaped)

/** Returns a value of a Java properties file, which is read as Latin-1. */
export const propertyValue = (value: string): string =>
  value.replaceAll('\\', '\\\\').replace(/[^!-~]/g, escaped)

/** Returns a value of a key file of GLib. */
export const keyFileValue = (value: string): string =>
  value
    .replaceAll('\\', '\\\\')
    .replaceAll(' ', '\\s')
    .replaceAll('\n', '\\n')
    .replaceAll('\t', '\\t')
    .replaceAll('\r', '\\r')

const escaped = (character: string): string =>
  `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
