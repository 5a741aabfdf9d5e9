/**
 * Converts an ID into another form.
 *
 * @module
 */

import { ResponseError } from '../fault.ts'
import { entryOf, type IdForm, readEntry } from '../ids.ts'
import { m, type XmlElement } from '../xml.ts'
import { type Operation, respond } from './operation.ts'

/** @param ids - form of the server's own IDs */
const formatsFor = (ids: IdForm): Readonly<Record<string, IdForm>> => ({
  EntryId: {
    read: id => readEntry(Buffer.from(id, 'base64')),
    write: target => entryOf(target).toString('base64'),
  },
  EwsId: ids,
  EwsLegacyId: ids,
  HexEntryId: {
    read: id => readEntry(Buffer.from(id, 'hex')),
    write: target => entryOf(target).toString('hex').toUpperCase(),
  },
  OwaId: {
    read: id => ids.read(decodePercent(id)),
    write: target => encodeURIComponent(ids.write(target)),
  },
  StoreId: ids,
})

const formatOf = (formats: ReturnType<typeof formatsFor>, name: string | undefined) =>
  name !== undefined && Object.hasOwn(formats, name) ? formats[name] : undefined

/** Translates ids without looking whether they point at anything. */
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
  // An element of the messages namespace whose type is in the other one.
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
