/**
 * Writes an item as MIME content, for items that were not created from it.
 *
 * @module
 */

import type { Attachment } from './attachment.ts'
import type { XmlElement } from './xml.ts'

type Properties = ReadonlyMap<string, XmlElement>

type Parts = Readonly<{
  properties: Properties
  attachments: readonly Attachment[]
  /** Date of an item without DateTimeSent. */
  createdAt: number
}>

const LINE = 76

/** Returns an item as a MIME message with its files. The same item always results in the same bytes. */
export function writeMime(item: Parts): Buffer {
  const { properties } = item
  const files = item.attachments.filter(({ content }) => content !== undefined)
  const head = headers(item)
  const main = bodyPart(properties)
  if (files.length === 0) return Buffer.from(`${head}${main}`)
  const boundary = `_000_${(properties.get('InternetMessageId')?.text ?? '').replace(/\W/g, '')}_`
  const parts = files.map(file => `--${boundary}\r\n${filePart(file)}\r\n`)
  const type = `Content-Type: multipart/mixed; boundary="${boundary}"\r\n\r\n`
  return Buffer.from(
    `${head}${type}--${boundary}\r\n${main}\r\n${parts.join('')}--${boundary}--\r\n`,
  )
}

function headers({ properties, createdAt }: Parts): string {
  const text = (name: string) => properties.get(name)?.text
  const date = new Date(text('DateTimeSent') ?? createdAt).toUTCString().replace('GMT', '+0000')
  const lines: readonly (readonly [string, string | undefined])[] = [
    ['From', mailboxes(properties.get('From'))],
    ['Sender', mailboxes(properties.get('Sender'))],
    ['To', mailboxes(properties.get('ToRecipients'))],
    ['CC', mailboxes(properties.get('CcRecipients'))],
    ['Subject', encodeWord(text('Subject') ?? '')],
    ['Date', date],
    ['Message-ID', text('InternetMessageId')],
    ['In-Reply-To', text('InReplyTo')],
    ['References', text('References')],
    ['MIME-Version', '1.0'],
  ]
  return lines
    .filter(([, value]) => value !== undefined && value !== '')
    .map(([name, value]) => `${name}: ${value?.replace(/[\r\n]+/g, ' ')}\r\n`)
    .join('')
}

function mailboxes(property: XmlElement | undefined): string | undefined {
  return property?.children
    .map(mailbox => {
      const address = mailbox.textAt('EmailAddress') ?? ''
      const name = mailbox.textAt('Name') ?? ''
      return name === '' || name === address ? address : `${encodePhrase(name)} <${address}>`
    })
    .join(', ')
}

function bodyPart(properties: Properties): string {
  const body = properties.get('Body')
  const type = body?.attribute('BodyType') === 'HTML' ? 'text/html' : 'text/plain'
  return (
    `Content-Type: ${type}; charset="utf-8"\r\nContent-Transfer-Encoding: base64\r\n\r\n` +
    `${base64Lines(Buffer.from(body?.text ?? ''))}\r\n`
  )
}

function filePart({ name, contentType, contentId, isInline, content }: Attachment): string {
  return (
    `Content-Type: ${contentType}; name="${encodeWord(name)}"\r\n` +
    (contentId === undefined ? '' : `Content-ID: <${contentId}>\r\n`) +
    `Content-Disposition: ${isInline ? 'inline' : 'attachment'}; filename="${encodeWord(name)}"\r\n` +
    `Content-Transfer-Encoding: base64\r\n\r\n${base64Lines(content ?? Buffer.alloc(0))}`
  )
}

const base64Lines = (bytes: Buffer) =>
  bytes.toString('base64').replace(new RegExp(`.{${LINE}}(?!$)`, 'g'), '$&\r\n')

const encodePhrase = (text: string) =>
  /^[ -~]*$/.test(text) ? `"${text.replace(/["\\]/g, '\\$&')}"` : encodeWord(text)

/** Encodes text as an encoded word (RFC 2047), if necessary. */
const encodeWord = (text: string) =>
  /^[ -~]*$/.test(text) ? text : `=?utf-8?B?${Buffer.from(text).toString('base64')}?=`
