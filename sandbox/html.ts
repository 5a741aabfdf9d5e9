/**
 * Converts HTML bodies to text, and text bodies to HTML.
 *
 * @module
 */

/** Returns a page with the text. */
export const textToHtml = (text: string) =>
  `<html><body><pre>${text.replace(/[<>&]/g, character => `&#${character.charCodeAt(0)};`)}</pre></body></html>`

/** Returns the text of HTML without its markup. */
export const htmlToText = (html: string) =>
  html
    .replace(/<(style|script|head)\b.*?<\/\1>/gis, '')
    .replace(/<(?:br|\/p|\/div|\/tr)\b[^>]*>/gi, '\r\n')
    .replace(/<[^>]*>/g, '')
    .replace(/&nbsp;/g, ' ')
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&quot;/g, '"')
    .replace(/&#(\d{1,6});/g, (_, code) => String.fromCodePoint(Math.min(Number(code), 0x10ffff)))
    .replace(/&amp;/g, '&')
