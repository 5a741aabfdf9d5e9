/**
 * HTML bodies as text, and text bodies as HTML.
 *
 * @module
 */

/** A page that shows the text as it is. */
export const textToHtml = (text: string) =>
  `<html><body><pre>${text.replace(/[<>&]/g, character => `&#${character.charCodeAt(0)};`)}</pre></body></html>`

/** The text of HTML, without its markup. */
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
