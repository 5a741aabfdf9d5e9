/**
 * Converts an ID into another form.
 *
 * @module
 */

import { ResponseError } from '../fault.ts'
import { entryOf, type IdForm, readEntry } from '../ids.ts'
import { m, type XmlElement } from '../xml.ts'
import { type Operation, respond } from './operation.ts'

/** Returns the formats. The server's own IDs have the given form. */
const formatsFor = (form: IdForm): Readonly<Record<string, IdForm>> => ({
  EntryId: {
    read: id => readEntry(Buffer.from(id, 'base64')),
    write: target => entryOf(target).toString('base64'),
  },
  EwsId: form,
  EwsLegacyId: form,
  HexEntryId: {
    read: id => readEntry(Buffer.from(id, 'hex')),
    write: target => entryOf(target).toString('hex').toUpperCase(),
  },
  OwaId: {
    read: id => form.read(decodePercent(id)),
    write: target => encodeURIComponent(form.write(target)),
  },
  StoreId: form,
})

const formatOf = (formats: ReturnType<typeof formatsFor>, name: string | undefined) =>
  name !== undefined && Object.hasOwn(formats, name) ? formats[name] : undefined

/** Converts IDs without checking whether their objects exist. */
export const convertId: Operation = ({ exchange, request }) => {
  const formats = formatsFor(exchange.ids)
  const format = request.attribute('DestinationFormat')
  return respond('ConvertId', request.listAt('SourceIds'), source => [
    convert(formats, source, format ?? ''),
  ])
}

function convert(
  formats: ReturnType<typeof formatsFor>,
  source: XmlElement,
  format: string,
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
    Mailbox: source.attribute('Mailbox') ?? '',
  })
}

function decodePercent(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
