/**
 * Describes the elements of upstream responses that the gateway reads.
 *
 * An element in another namespace, or at another place, has no meaning.
 *
 * @module
 */

import { AUTODISCOVER_NS, ERRORS_NS, MESSAGES_NS, SOAP_NS, TYPES_NS } from '../model/envelope.ts'

/** Operations whose responses the gateway reads as a whole. */
export type ReadOperation =
  | 'FindFolder'
  | 'FindItem'
  | 'GetFolder'
  | 'GetItem'
  | 'GetUserSettings'
  | 'Subscribe'
  | 'SyncFolderHierarchy'
  | 'SyncFolderItems'

/** Meaning of an element. Elements with the role `frame` have no meaning of their own and contain others. */
export type Role =
  | 'frame'
  | 'body'
  | 'version'
  | 'fault'
  | 'fault-code'
  | 'fault-name'
  | 'fault-words'
  | 'response'
  | 'message'
  | 'code'
  | 'subscription'
  | 'container'
  | 'container-class'
  | 'folder'
  | 'item'
  | 'setting'
  | 'setting-name'
  | 'setting-value'
  | ItemRole

/** Meaning of an element inside an item. */
export type ItemRole =
  | 'item-id'
  | 'parent'
  | 'item-class'
  | 'is-draft'
  | 'is-associated'
  | 'from'
  | 'sender'
  | 'address'
  | 'routing'
  | 'extended'
  | 'property'
  | 'property-value'

/** Description of an element at one place in a response. */
export type Place = Readonly<{
  role: Role
  namespace: string
  /** Whether the element can appear only once in its parent. */
  isSingle: boolean
  /** Places of child elements by their local names. */
  children: ReadonlyMap<string, Place>
  /** Description of all other child elements in the same namespace, if they have a meaning. */
  others: Place | undefined
}>

type Children = Readonly<Record<string, Place>>

const place = (
  role: Role,
  namespace: string,
  children: Children = {},
  options: Partial<Pick<Place, 'isSingle' | 'others'>> = {},
): Place => ({
  role,
  namespace,
  isSingle: options.isSingle ?? true,
  children: new Map(Object.entries(children)),
  others: options.others,
})

/** Returns the description of an element without a meaning of its own. */
const frame = (
  namespace: string,
  children: Children,
  options: Partial<Pick<Place, 'isSingle' | 'others'>> = {},
): Place => place('frame', namespace, children, options)

const MANY = { isSingle: false } as const
/** Namespace of the elements inside a SOAP 1.1 fault, which have none. */
const NONE = ''

const FAULT = place('fault', SOAP_NS, {
  faultcode: place('fault-name', NONE),
  faultstring: place('fault-words', NONE),
  detail: frame(NONE, { ResponseCode: place('fault-code', ERRORS_NS) }),
})

const partyOf = (role: 'from' | 'sender'): Place =>
  place(
    role,
    TYPES_NS,
    {
      Mailbox: frame(
        TYPES_NS,
        {
          EmailAddress: place('address', TYPES_NS, {}, MANY),
          RoutingType: place('routing', TYPES_NS, {}, MANY),
        },
        MANY,
      ),
    },
    MANY,
  )

const EXTENDED = place(
  'extended',
  TYPES_NS,
  {
    ExtendedFieldURI: place('property', TYPES_NS),
    Value: place('property-value', TYPES_NS),
  },
  MANY,
)

const ITEM = place(
  'item',
  TYPES_NS,
  {
    ItemId: place('item-id', TYPES_NS),
    ParentFolderId: place('parent', TYPES_NS),
    ItemClass: place('item-class', TYPES_NS),
    IsDraft: place('is-draft', TYPES_NS),
    IsAssociated: place('is-associated', TYPES_NS),
    From: partyOf('from'),
    Organizer: partyOf('from'),
    Sender: partyOf('sender'),
    ExtendedProperty: EXTENDED,
  },
  MANY,
)

const FOLDER = place(
  'container',
  TYPES_NS,
  {
    FolderId: place('folder', TYPES_NS),
    ParentFolderId: place('parent', TYPES_NS),
    FolderClass: place('container-class', TYPES_NS),
    ExtendedProperty: EXTENDED,
  },
  MANY,
)

/** Returns a list that the messages about folders to search contain. */
const listed = (list: string, entry: Place): Children => ({
  RootFolder: frame(MESSAGES_NS, { [list]: frame(TYPES_NS, {}, { others: entry }) }),
})
/** Returns a list of changes, without those that name only an ID. */
const changed = (entry: Place): Children => {
  const change = frame(TYPES_NS, {}, { others: entry, ...MANY })
  return { Changes: frame(MESSAGES_NS, { Create: change, Update: change }) }
}

type EwsOperation = Exclude<ReadOperation, 'GetUserSettings'>

/** Elements that are read from the response messages of each operation, in addition to the code. */
const CONTENTS = {
  FindFolder: listed('Folders', FOLDER),
  FindItem: listed('Items', ITEM),
  GetFolder: { Folders: frame(MESSAGES_NS, {}, { others: FOLDER }) },
  GetItem: { Items: frame(MESSAGES_NS, {}, { others: ITEM }) },
  Subscribe: { SubscriptionId: place('subscription', MESSAGES_NS) },
  SyncFolderHierarchy: changed(FOLDER),
  SyncFolderItems: changed(ITEM),
} as const satisfies Record<EwsOperation, Children>

function responseTo(operation: EwsOperation): Place {
  const message = place(
    'message',
    MESSAGES_NS,
    { ResponseCode: place('code', MESSAGES_NS), ...CONTENTS[operation] },
    MANY,
  )
  return place('response', MESSAGES_NS, {
    ResponseMessages: frame(MESSAGES_NS, { [`${operation}ResponseMessage`]: message }),
  })
}

const envelopeAround = (body: Place): Place =>
  frame(SOAP_NS, {
    Header: frame(SOAP_NS, { ServerVersionInfo: place('version', TYPES_NS) }),
    Body: body,
  })

const envelopeOf = (operation: EwsOperation): Place =>
  envelopeAround(
    place('body', SOAP_NS, { Fault: FAULT, [`${operation}Response`]: responseTo(operation) }),
  )

const setting = (role: Role, children: Children = {}) => place(role, AUTODISCOVER_NS, children)

/** Response of Autodiscover, with a message for each user. */
const USER_SETTINGS: Children = {
  GetUserSettingsResponseMessage: setting('response', {
    Response: frame(AUTODISCOVER_NS, {
      ErrorCode: setting('code'),
      UserResponses: frame(AUTODISCOVER_NS, {
        UserResponse: place(
          'message',
          AUTODISCOVER_NS,
          {
            ErrorCode: setting('code'),
            UserSettings: frame(AUTODISCOVER_NS, {
              UserSetting: place(
                'setting',
                AUTODISCOVER_NS,
                { Name: setting('setting-name'), Value: setting('setting-value') },
                MANY,
              ),
            }),
          },
          MANY,
        ),
      }),
    }),
  }),
}

/** Envelopes of the responses that are read completely, by operation. */
export const ENVELOPES = {
  FindFolder: envelopeOf('FindFolder'),
  FindItem: envelopeOf('FindItem'),
  GetFolder: envelopeOf('GetFolder'),
  GetItem: envelopeOf('GetItem'),
  GetUserSettings: envelopeAround(place('body', SOAP_NS, { Fault: FAULT, ...USER_SETTINGS })),
  Subscribe: envelopeOf('Subscribe'),
  SyncFolderHierarchy: envelopeOf('SyncFolderHierarchy'),
  SyncFolderItems: envelopeOf('SyncFolderItems'),
} as const satisfies Record<ReadOperation, Place>

/** Description of an element of any response, which may contain a response message at any depth. */
const ANY_ELEMENT: Place = {
  ...frame(MESSAGES_NS, { ResponseCode: place('code', MESSAGES_NS) }, MANY),
  get others() {
    return ANY_ELEMENT
  },
}

/** Envelope of a response to any operation, of which only the beginning is read. */
export const ANY_ENVELOPE: Place = envelopeAround(
  place('body', SOAP_NS, { Fault: FAULT }, { others: ANY_ELEMENT }),
)
