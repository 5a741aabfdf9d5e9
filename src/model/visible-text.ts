/**
 * Escapes characters that JSON leaves as they are, although they can end a line, control a terminal, or change the writing
 * direction. Clients choose some of the texts in records, so without this, a text could look like another record.
 *
 * @module
 */

const UNSEEN = /[\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g

/** Returns text with these characters escaped as in JSON, so JSON keeps its meaning. */
export const visible = (text: string): string =>
  text.replace(UNSEEN, unit => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)

/** Returns a value as JSON in which these characters are escaped. */
export const visibleJson = (value: unknown, indent?: number): string =>
  visible(JSON.stringify(value, undefined, indent))
