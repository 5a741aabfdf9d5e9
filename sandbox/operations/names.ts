/**
 * The address book: ResolveNames, ExpandDL, GetRoomLists, GetRooms.
 *
 * @module
 */

import { foldName } from '../../src/model/identity.ts'
import { mailboxElement } from '../elements.ts'
import type { AddressList, Exchange } from '../exchange.ts'
import { ResponseError } from '../fault.ts'
import { findItem } from '../locate.ts'
import { distinguishedFolder, type Mailbox } from '../mailbox.ts'
import { comparable } from '../properties.ts'
import type { Item } from '../store.ts'
import { isTrue, m, t, type XmlElement } from '../xml.ts'
import { type Call, errorChildren, message, type Operation, respondOnce } from './operation.ts'

/** Maximum number of results, as in Exchange. */
const MAX_RESULTS = 100

type Resolution = Readonly<{ mailbox: XmlElement; contact: XmlElement | undefined }>

/** Returns people whose name or address begins with a text. */
export const resolveNames: Operation = call => {
  const { request } = call
  const entry = request.textAt('UnresolvedEntry') ?? ''
  const full = isTrue(request.attribute('ReturnFullContactData'))
  const found = resolve(call, entry, request.attribute('SearchScope') ?? 'ActiveDirectoryContacts')
  const set = m(
    'ResolutionSet',
    {
      TotalItemsInView: String(found.length),
      IncludesLastItemInRange: String(found.length <= MAX_RESULTS),
    },
    found
      .slice(0, MAX_RESULTS)
      .map(({ mailbox, contact }) => t('Resolution', mailbox, full ? contact : undefined)),
  )
  return m('ResolveNamesResponse', m('ResponseMessages', resolved(found.length, set)))
}

function resolved(count: number, set: XmlElement): XmlElement {
  const name = 'ResolveNamesResponseMessage'
  if (count === 1) return message(name, () => [set])
  if (count > 1) {
    const several = new ResponseError('ErrorNameResolutionMultipleResults')
    return m(name, { ResponseClass: 'Warning' }, errorChildren(several), set)
  }
  return message(name, () => {
    throw new ResponseError('ErrorNameResolutionNoResults')
  })
}

function resolve(call: Call, entry: string, scope: string): readonly Resolution[] {
  const wanted = foldName(entry.replace(/^smtp:/i, '').trim())
  if (wanted === '') return []
  const directory = scope === 'Contacts' ? [] : inDirectory(call.exchange, wanted)
  if (scope === 'ActiveDirectory') return directory
  const known = new Set(directory.map(addressOf))
  const others = inContacts(call.actor, wanted).filter(contact => !known.has(addressOf(contact)))
  return [...directory, ...others]
}

const addressOf = ({ mailbox }: Resolution) => foldName(mailbox.textAt('EmailAddress') ?? '')

function inDirectory({ mailboxes, lists }: Exchange, wanted: string): readonly Resolution[] {
  const users = mailboxes.filter(({ user, displayName }) =>
    [displayName, user.primarySmtpAddress, ...user.aliases].some(name =>
      foldName(name).startsWith(wanted),
    ),
  )
  const groups = lists.filter(({ address, displayName }) =>
    [address, displayName].some(name => foldName(name).startsWith(wanted)),
  )
  return [
    ...users.map(user => ({ mailbox: userMailbox(user), contact: userContact(user) })),
    ...groups.map(list => ({ mailbox: listMailbox(list), contact: undefined })),
  ]
}

const userMailbox = ({ displayName, user }: Mailbox) =>
  mailboxElement(displayName, user.primarySmtpAddress)

const userContact = ({ displayName, user }: Mailbox) =>
  t(
    'Contact',
    t('DisplayName', displayName),
    t(
      'EmailAddresses',
      [user.primarySmtpAddress, ...user.aliases]
        .slice(0, 3)
        .map((address, index) =>
          t('Entry', { Key: `EmailAddress${index + 1}` }, `SMTP:${address}`),
        ),
    ),
    t('ContactSource', 'ActiveDirectory'),
  )

const listMailbox = ({ address, displayName }: AddressList) =>
  mailboxElement(displayName, address, 'PublicDL')

function inContacts(actor: Mailbox, wanted: string): readonly Resolution[] {
  const contacts = [...(distinguishedFolder(actor, 'contacts')?.items.values() ?? [])]
  return contacts
    .filter(({ properties }) =>
      [...NAMES.map(name => properties.get(name)), properties.get('EmailAddresses')]
        .map(property => comparable(property))
        .some(text => text !== undefined && foldName(text).startsWith(wanted)),
    )
    .map(contact => ({ mailbox: contactMailbox(contact), contact: contactElement(contact) }))
}

const NAMES = ['DisplayName', 'FileAs', 'GivenName', 'Surname']

const contactMailbox = ({ properties }: Item) => {
  const address = properties.get('EmailAddresses')?.children[0]?.text ?? ''
  return mailboxElement(properties.get('DisplayName')?.text ?? address, address, 'Contact')
}

const contactElement = ({ properties }: Item) =>
  t(
    'Contact',
    ['DisplayName', 'EmailAddresses'].map(name => properties.get(name)),
  )

/** Lists the members of a distribution list: of the address book by its address, or of the user's contacts by its ID. */
export const expandDL: Operation = call =>
  respondOnce('ExpandDL', () => {
    const id = call.request.child('Mailbox')?.child('ItemId')
    const members = id ? privateMembers(findItem(call, id)) : publicMembers(call)
    if (members === undefined) throw new ResponseError('ErrorNameResolutionNoResults')
    return [
      m(
        'DLExpansion',
        { TotalItemsInView: String(members.length), IncludesLastItemInRange: 'true' },
        members,
      ),
    ]
  })

const privateMembers = ({ kind, properties }: Item): readonly XmlElement[] | undefined =>
  kind === 'DistributionList'
    ? (properties.get('Members')?.children.flatMap(member => member.child('Mailbox') ?? []) ?? [])
    : undefined

function publicMembers({ exchange, request }: Call): readonly XmlElement[] | undefined {
  const address = request.textAt('Mailbox', 'EmailAddress') ?? ''
  return exchange.lists
    .find(list => foldName(list.address) === foldName(address))
    ?.members.map(member => memberMailbox(exchange, member))
}

const memberMailbox = (exchange: Exchange, address: string) =>
  mailboxElement(exchange.byAddress(address)?.displayName ?? address, address)

const success = (name: string, ...contents: readonly XmlElement[]) =>
  m(name, { ResponseClass: 'Success' }, m('ResponseCode', 'NoError'), contents)

export const getRoomLists: Operation = ({ exchange }) =>
  success(
    'GetRoomListsResponse',
    m(
      'RoomLists',
      exchange.lists
        .filter(({ isRoomList }) => isRoomList)
        .map(list => address(list.displayName, list.address, 'PublicDL')),
    ),
  )

/** Lists the rooms of a list. */
export const getRooms: Operation = ({ exchange, request }) => {
  const wanted = request.textAt('RoomList', 'EmailAddress') ?? ''
  const list = exchange.lists.find(
    list => list.isRoomList && foldName(list.address) === foldName(wanted),
  )
  const rooms = list?.members ?? []
  return success(
    'GetRoomsResponse',
    m(
      'Rooms',
      rooms.map(room => t('Room', t('Id', mailboxElement(room, room).children))),
    ),
  )
}

const address = (name: string, smtp: string, type: 'PublicDL' | 'Mailbox') =>
  t('Address', mailboxElement(name, smtp, type).children)
