/**
 * R13: senders in MAPI properties.
 *
 * @module
 */

import {
  ANY_PROPERTY,
  answer,
  BOB,
  base64,
  byTag,
  create,
  DRAFT,
  INVITATION,
  INVITING,
  MEETING,
  meeting,
  message,
  property,
  type Row,
  SAVED,
  SENT,
  set,
  update,
  uri,
} from './row.ts'
import { FEW, inMapi, spelledOut } from './spellings.ts'

const KEY = base64(`SMTP:${BOB.toUpperCase()}\0`)
const ENTRY = base64(Buffer.from(`\0\0${BOB}\0`, 'utf16le'))

/** Every tag that names a sender, with a value of its type. */
const TAGS: readonly (readonly [tag: number, value: string, type?: string])[] = [
  [0x003b, KEY, 'Binary'],
  [0x0041, ENTRY, 'Binary'],
  [0x0042, 'Bob'],
  [0x0064, 'EX'],
  [0x0065, BOB],
  [0x0c19, ENTRY, 'Binary'],
  [0x0c1a, 'Bob'],
  [0x0c1d, KEY, 'Binary'],
  [0x0c1e, 'EX'],
  [0x0c1f, BOB],
  [0x5d01, BOB],
  [0x5d02, BOB],
]

const DENIED = ['sender-refused']
const FROM = property(byTag('0x0065'), BOB)
const name = (tag: number) => `property 0x${tag.toString(16).padStart(4, '0')}`

const spelled: readonly Row[] = TAGS.map(([tag, value, type]) =>
  spelledOut(tag, {
    name: name(tag),
    ruling: 'R13',
    request: create(message(property(byTag('{tag}'), value, type))),
    reasons: DENIED,
    effect: 'sender',
  }),
)

/** Other places at which a request that sends can set a property. */
const PLACES: readonly (readonly [
  name: string,
  request: (attributes: string) => string,
  given?: Row['given'],
])[] = [
  ['of a draft', it => update('draft', set(uri(it), property(it, BOB))), { draft: DRAFT }],
  [
    'appended to a draft',
    it => update('draft', set(uri(it), property(it, BOB), 'AppendToItemField')),
    { draft: DRAFT },
  ],
  [
    'of a draft under the path of the subject',
    it => update('draft', set(uri(byTag('0x0037')), property(it, BOB))),
    { draft: DRAFT },
  ],
  [
    'of a draft behind another property',
    it => update('draft', set(uri(byTag('0x0070')), property(byTag('0x0070')) + property(it, BOB))),
    { draft: DRAFT },
  ],
  ['of a reply', it => create(answer('ReplyToItem', 'mail', property(it, BOB))), { mail: DRAFT }],
  [
    'of a forwarded mail',
    it => create(answer('ForwardItem', 'mail', property(it, BOB) + RECIPIENT)),
    { mail: DRAFT },
  ],
  [
    'of an acceptance',
    it => create(answer('AcceptItem', 'invitation', property(it, BOB))),
    { invitation: INVITATION },
  ],
  [
    'of a cancellation that is only saved',
    it => create(answer('CancelCalendarItem', 'meeting', property(it, BOB)), SAVED),
    { meeting: MEETING },
  ],
  ['of a meeting', it => create(meeting(property(it, BOB)), INVITING)],
  [
    'in the messages namespace',
    it =>
      create(
        message(property(it, BOB)).replaceAll('<t:Ext', '<m:Ext').replaceAll('</t:Ext', '</m:Ext'),
      ),
  ],
  [
    'behind its value',
    it =>
      create(
        message(`<t:ExtendedProperty><t:Value>${BOB}</t:Value>${uri(it)}</t:ExtendedProperty>`),
      ),
  ],
  ['of the second item', it => create(message('') + message(property(it, BOB)))],
]
const RECIPIENT =
  '<t:ToRecipients><t:Mailbox><t:EmailAddress>carol@example.com</t:EmailAddress></t:Mailbox></t:ToRecipients>'

const placed: readonly Row[] = PLACES.flatMap(([where, request, given]) =>
  FEW.map(
    ({ name: how, write, plain }): Row => ({
      name: `property 0x0065 ${where}, ${how}`,
      ruling: 'R13',
      ...(given && { given }),
      request: request(byTag(write(0x0065))),
      reasons: plain ? DENIED : ANY_PROPERTY,
      effect: 'sender',
    }),
  ),
)

const odd: readonly Row[] = [
  ...['', '0x', 'abc', '0x-65'].map(
    (tag): Row => ({
      name: `a tag that is no number: "${tag}"`,
      ruling: 'R13',
      request: create(message(property(byTag(tag), BOB))),
      reasons: ANY_PROPERTY,
    }),
  ),
  // MS-OXCPRPT 3.2.5.9: the ID of such a name is its number.
  ...TAGS.map(
    ([tag, value, type]): Row => ({
      name: `${name(tag)} as a number in PS_MAPI`,
      ruling: 'R13',
      request: create(message(property(inMapi(tag), value, type))),
      reasons: ANY_PROPERTY,
      effect: 'sender',
      beyond: 'a name in PS_MAPI is another way to write a tag',
    }),
  ),
  {
    name: 'a harmless tag beside a number in PS_MAPI',
    ruling: 'R13',
    request: create(message(property(`${byTag('0x0070')} ${inMapi(0x0065)}`, BOB))),
    reasons: ANY_PROPERTY,
    beyond: 'two readers may disagree which of the two attributes counts',
  },
  {
    name: 'property 0x0065 as a number in ps_mapi in small letters',
    ruling: 'R13',
    request: create(
      message(
        property(
          inMapi(0x0065)
            .toLowerCase()
            .replace('propertysetid', 'PropertySetId')
            .replace('propertyid', 'PropertyId'),
          BOB,
        ),
      ),
    ),
    reasons: ANY_PROPERTY,
    effect: 'sender',
    beyond: 'a name in PS_MAPI is another way to write a tag',
  },
  {
    name: 'a harmless tag beside the name of a header',
    ruling: 'R13',
    request: create(
      message(
        property(
          `${byTag('0x0070')} DistinguishedPropertySetId="InternetHeaders" PropertyName="From"`,
          BOB,
        ),
      ),
    ),
    reasons: ANY_PROPERTY,
    beyond: 'two readers may disagree which of the two attributes counts',
  },
]

const harmless: readonly Row[] = [
  ...['0x0066', '0x66', '0X0070', '0x0037', '102', '0x8234', '0xFFFF'].map(
    (tag): Row => ({
      name: `property ${tag}, which names no sender`,
      ruling: 'R13',
      request: create(message(property(byTag(tag)))),
    }),
  ),
  ...TAGS.map(
    ([tag, value, type]): Row => ({
      name: `${name(tag)} of a mail that is only saved`,
      ruling: 'R13',
      request: create(
        message(property(byTag(`0x${tag.toString(16).padStart(4, '0')}`), value, type)),
        SAVED,
      ),
    }),
  ),
  ...['0x10065', '0x0037001F', '0102', '-1'].map(
    (tag): Row => ({
      name: `property ${tag} of a mail that is only saved, which may be any property`,
      ruling: 'R13',
      request: create(message(property(byTag(tag))), SAVED),
      reasons: ANY_PROPERTY,
    }),
  ),
  {
    name: 'a migrated mail with all properties of its sender',
    ruling: 'R13',
    request: create(
      message(
        TAGS.map(([tag, value, type]) =>
          property(byTag(`0x${tag.toString(16)}`), value, type),
        ).join(''),
      ),
      SAVED,
    ),
  },
  {
    name: 'property 0x0065 of a draft that is only saved',
    ruling: 'R13',
    given: { draft: DRAFT },
    request: update('draft', set(uri(byTag('0x0065')), FROM), SAVED),
  },
  {
    name: 'a request that reads tags of any kind',
    ruling: 'R13',
    given: { draft: DRAFT },
    request:
      '<m:GetItem><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>' +
      `${['0x0065', '101', '0x6679', '0x7C07', '0x10065'].map(tag => uri(byTag(tag))).join('')}` +
      '</t:AdditionalProperties></m:ItemShape><m:ItemIds>' +
      '<t:ItemId Id="{draft.Id}"/></m:ItemIds></m:GetItem>',
  },
  { name: 'a mail without properties', ruling: 'R13', request: create(message(''), SENT) },
]

export const SENDER_PROPERTIES: readonly Row[] = [...spelled, ...placed, ...odd, ...harmless]
