/**
 * ConvertId: the same id in another form.
 *
 * @module
 */

import { ResponseError } from '../fault.ts'
import { entryOf, readEntry, readId, type Target, writeId } from '../ids.ts'
import { m, type XmlElement } from '../xml.ts'
import { type Operation, respond } from './operation.ts'

const FORMATS: Readonly<
  Record<
    string,
    Readonly<{ read: (id: string) => Target | undefined; write: (target: Target) => string }>
  >
> = {
  EntryId: {
    read: id => readEntry(Buffer.from(id, 'base64')),
    write: target => entryOf(target).toString('base64'),
  },
  EwsId: { read: readId, write: writeId },
  EwsLegacyId: { read: readId, write: writeId },
  HexEntryId: {
    read: id => readEntry(Buffer.from(id, 'hex')),
    write: target => entryOf(target).toString('hex').toUpperCase(),
  },
  OwaId: {
    read: id => readId(decodePercent(id)),
    write: target => encodeURIComponent(writeId(target)),
  },
  StoreId: { read: readId, write: writeId },
}

const formatOf = (name: string | undefined) =>
  name !== undefined && Object.hasOwn(FORMATS, name) ? FORMATS[name] : undefined

/** Translates ids without looking whether they point at anything. */
export const convertId: Operation = ({ request }) => {
  const format = request.attribute('DestinationFormat')
  return respond('ConvertId', request.listAt('SourceIds'), source => [
    convert(source, format ?? ''),
  ])
}

function convert(source: XmlElement, format: string): XmlElement {
  const from = formatOf(source.attribute('Format'))
  const to = formatOf(format)
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
