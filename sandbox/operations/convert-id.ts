/**
 * Converts an ID into another form.
 *
 * @module
 */

import { ResponseError } from '../fault.ts'
import type { IdForm } from '../ids.ts'
import { m, type XmlElement } from '../xml.ts'
import { type Operation, respond } from './operation.ts'

/** A form of IDs, in base64 or in another coding. */
type Coded = Pick<IdForm, 'read' | 'write'>

/** Returns the formats. The server's own IDs have the given form. */
const formatsFor = (form: IdForm): Readonly<Record<string, Coded>> => ({
  EntryId: {
    read: id => form.readEntry(Buffer.from(id, 'base64')),
    write: target => form.entryOf(target).toString('base64'),
  },
  EwsId: form,
  EwsLegacyId: form,
  HexEntryId: {
    read: id => form.readEntry(Buffer.from(id, 'hex')),
    write: target => form.entryOf(target).toString('hex').toUpperCase(),
  },
  OwaId: {
    read: id => form.read(decodePercent(id)),
    write: target => encodeURIComponent(form.write(target)),
  },
  StoreId: form,
})

const formatOf = (formats: ReturnType<typeof formatsFor>, name: string | undefined) =>
  name !== undefined && Object.hasOwn(formats, name) ? formats[name] : undefined

/**
 * Converts IDs without checking whether their objects exist. Exchange adds the address of the mailbox, from which DavMail
 * knows that of its user. grommunio repeats the one in the request.
 */
export const convertId: Operation = ({ exchange, actor, request }) => {
  const formats = formatsFor(exchange.ids)
  const format = request.attribute('DestinationFormat')
  const address = exchange.gromox ? undefined : actor.user.primarySmtpAddress
  return respond('ConvertId', request.listAt('SourceIds'), source => [
    convert(formats, source, format ?? '', address ?? source.attribute('Mailbox') ?? ''),
  ])
}

function convert(
  formats: ReturnType<typeof formatsFor>,
  source: XmlElement,
  format: string,
  address: string,
): XmlElement {
  const from = formatOf(formats, source.attribute('Format'))
  const to = formatOf(formats, format)
  const target = from?.read(source.attribute('Id') ?? '')
  if (target === undefined || to === undefined) throw new ResponseError('ErrorInvalidIdMalformed')
  // Returns an element of the messages namespace whose type is in the types namespace.
  return m('AlternateId', {
    'xsi:type': 't:AlternateIdType',
    Format: format,
    Id: to.write(target),
    Mailbox: address,
  })
}

function decodePercent(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
