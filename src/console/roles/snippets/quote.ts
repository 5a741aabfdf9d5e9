/**
 * Writes text as a literal of each language, so that any value is read back as it is.
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

/** Text of an XML element or attribute. */
export const xmlText = (value: string): string =>
  value.replace(/[&<>"']/g, character => ENTITIES[character] ?? character)

/** Literal of a POSIX shell, in which nothing is expanded. */
export const shellLiteral = (value: string): string => `'${value.replaceAll("'", "'\\''")}'`

/** Literal of PowerShell, in which nothing is expanded. PowerShell reads typographic quotes as quotes too. */
export const powerShellLiteral = (value: string): string =>
  `'${value.replace(/['\u2018\u2019\u201a\u201b]/g, '$&$&')}'`

/** Literal of Python and Java, which have the escapes of JSON. */
export const jsonLiteral = (value: string): string => JSON.stringify(value)

/** Literal of C#, in which more characters end a line than in JSON. */
export const csharpLiteral = (value: string): string =>
  JSON.stringify(value).replace(/[\u0085\u2028\u2029]/g, escaped)

/** Value of a Java properties file, which is read as Latin-1. */
export const propertyValue = (value: string): string =>
  value.replaceAll('\\', '\\\\').replace(/[^!-~]/g, escaped)

/** Value of a key file of GLib. */
export const keyFileValue = (value: string): string =>
  value
    .replaceAll('\\', '\\\\')
    .replaceAll(' ', '\\s')
    .replaceAll('\n', '\\n')
    .replaceAll('\t', '\\t')
    .replaceAll('\r', '\\r')

const escaped = (character: string): string =>
  `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
