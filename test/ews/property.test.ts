/**
 * R13 and R14: which property an ExtendedFieldURI names, and what follows from it.
 */

import fc from 'fast-check'
import t from 'tap'
import { isAmong, propertyOf } from '../../src/ews/property.ts'
import { runs } from '../kit/runs.ts'
import { type Case, guardOn } from '../policy/guard-cases.ts'
import { onTag } from './tags.ts'

const EVERYTHING: Case = { guard: { inboxRules: true, delegation: true, mailboxes: 'any' } }
const SENT = 'MessageDisposition="SendAndSaveCopy"'
const SAVED = 'MessageDisposition="SaveOnly"'
const MAPI = '00020328-0000-0000-C000-000000000046'
const COMMON = '00062008-0000-0000-c000-000000000046'

/** Attributes of an element, and the IDs that servers could find in it. */
for (const [attributes, expected] of [
  [{}, undefined],
  [{ PropertyType: 'Binary' }, undefined],
  [{ PropertyTag: '0x1' }, [1]],
  [{ PropertyTag: '0XFFFF' }, [0xffff]],
  [{ PropertyTag: '0x10000' }, 'any'],
  [{ PropertyTag: '0x0' }, 'any'],
  [{ PropertyTag: '0' }, 'any'],
  [{ PropertyTag: '1' }, [1, 1]],
  [{ PropertyTag: '10' }, [10, 0x10]],
  [{ PropertyTag: '65535' }, [65_535, 0x5535]],
  [{ PropertyTag: '65536' }, 'any'],
  [{ PropertyTag: '01' }, 'any'],
  [{ PropertyTag: '' }, 'any'],
  [{ PropertyTag: '1', PropertyType: 'Binary' }, [1, 1]],
  ...['PropertyId', 'PropertyName', 'PropertySetId', 'DistinguishedPropertySetId'].map(
    other => [{ PropertyTag: '1', [other]: 'x' }, 'any'] as const,
  ),
  [{ PropertyId: '1' }, 'any'],
  [{ PropertyName: 'x' }, 'any'],
  [{ PropertySetId: COMMON }, undefined],
  [{ PropertySetId: COMMON, PropertyId: '1' }, undefined],
  [{ PropertySetId: COMMON, PropertyName: 'x' }, undefined],
  [{ PropertySetId: COMMON, PropertyName: 'x', PropertyId: '1' }, 'any'],
  [{ PropertySetId: `x${COMMON}` }, 'any'],
  [{ PropertySetId: `${COMMON}x` }, 'any'],
  [{ PropertySetId: '' }, 'any'],
  [{ PropertySetId: MAPI }, 'any'],
  [{ PropertySetId: MAPI, PropertyName: 'x' }, 'any'],
  [{ PropertySetId: MAPI, PropertyId: '0x65' }, [0x65]],
  [{ PropertySetId: MAPI.toLowerCase(), PropertyId: '65' }, [65, 0x65]],
  [{ PropertySetId: MAPI, PropertyId: '065' }, 'any'],
  [{ DistinguishedPropertySetId: 'Common' }, undefined],
  [{ DistinguishedPropertySetId: 'Common', PropertyId: '1' }, undefined],
  [{ DistinguishedPropertySetId: 'common' }, 'any'],
  [{ DistinguishedPropertySetId: 'Common', PropertySetId: COMMON }, 'any'],
] as const)
  t.strictSame(onTag(attributes, propertyOf), expected, `R14 ${JSON.stringify(attributes)}`)

for (const [ids, among] of [
  [[1, 2], true],
  [[2], true],
  [[3], false],
  [[], false],
  ['any', true],
  [undefined, false],
] as const)
  t.equal(isAmong(new Set([2]), ids), among, `R14 isAmong() of ${ids}`)

const property = (attributes: string, element = 'ExtendedFieldURI') =>
  `<t:ExtendedProperty><t:${element} ${attributes} PropertyType="Binary"/><t:Value>AA==</t:Value></t:ExtendedProperty>`
const createItem = (content: string, how = SAVED) =>
  `<m:CreateItem ${how}><m:Items><t:Message>${content}</t:Message></m:Items></m:CreateItem>`
const updateItem = (content: string, change = 'SetItemField') =>
  `<m:UpdateItem ${SAVED} ConflictResolution="AlwaysOverwrite"><m:ItemChanges><t:ItemChange>` +
  `<t:Updates><t:${change}>${content}</t:${change}></t:Updates></t:ItemChange></m:ItemChanges></m:UpdateItem>`
const folder = (content: string, operation = 'UpdateFolder') =>
  `<m:${operation}><m:FolderChanges><t:FolderChange><t:Updates><t:SetFolderField>${content}` +
  `</t:SetFolderField></t:Updates></t:FolderChange></m:FolderChanges></m:${operation}>`

/** Every request that can set a property, each with a property in it. */
const WRITES: readonly (readonly [string, (content: string) => string])[] = [
  ['CreateItem', content => createItem(content)],
  ['UpdateItem SetItemField', content => updateItem(content)],
  ['UpdateItem AppendToItemField', content => updateItem(content, 'AppendToItemField')],
  ['UpdateFolder', content => folder(content)],
  ['CreateFolder', content => folder(content, 'CreateFolder')],
  ['CreateFolderPath', content => folder(content, 'CreateFolderPath')],
]

/** Spellings that two readers can understand differently, or that name no property. */
const AMBIGUOUS = [
  ...['0x10065', '0x65E90003', '0x00650', '0x000065', '65537', '65636', '1694498816'],
  ...['0101', '00', '0', '0x0', '0x0000', '-101', '+101', '0x', 'x65', '65h', '0x0065h', '&#x661;'],
  ...[
    ' 0x0070',
    '0x0070 ',
    '0x0070&#10;',
    '',
    '112.0',
    '1e2',
    '0x 70',
    '0x00,70',
    '１１２',
    '4294967408',
  ],
].map(text => `PropertyTag="${text}"`)

/** Two names at once, or a set that is not one. */
const CONFLICTING = [
  `PropertyTag="0x0070" PropertyName="x"`,
  `PropertyTag="0x0070" PropertyId="112"`,
  `PropertyTag="0x0070" PropertySetId="${COMMON}"`,
  `PropertyTag="0x0070" DistinguishedPropertySetId="Common"`,
  `PropertySetId="${COMMON}" DistinguishedPropertySetId="Common" PropertyName="x"`,
  `PropertySetId="${COMMON}" PropertyName="x" PropertyId="1"`,
  `PropertySetId="{${COMMON}}" PropertyId="1"`,
  `PropertySetId=" ${COMMON}" PropertyId="1"`,
  `PropertySetId="x${COMMON}" PropertyId="1"`,
  `PropertySetId="${COMMON}x" PropertyId="1"`,
  `PropertySetId="" PropertyId="1"`,
  `DistinguishedPropertySetId="common" PropertyId="1"`,
  `DistinguishedPropertySetId="Mapi" PropertyId="1"`,
  `PropertyName="x"`,
  `PropertyId="1"`,
  `PropertySetId="${MAPI}" PropertyName="x"`,
  `PropertySetId="${MAPI}" PropertyId="0x70"`.replace('0x70', '070'),
  `PropertySetId="${MAPI}" PropertyId="65636"`,
  `PropertySetId="${MAPI}"`,
]

const HARMLESS = [
  'PropertyTag="0x0070"',
  'PropertyTag="0X70"',
  'PropertyTag="112"',
  'PropertyTag="65535"',
  'PropertyTag="0xFFFF"',
  'PropertyTag="0x65E8"',
  'PropertyTag="0x7C05"',
  'PropertyTag="0x7C0A"',
  'PropertyTag="0x0064"'.replace('0064', '0063'),
  `PropertySetId="${COMMON}" PropertyId="34064"`,
  `PropertySetId="${COMMON}" PropertyId="101"`,
  `PropertySetId="${COMMON}" PropertyName="x"`,
  ...[
    ...['Address', 'Appointment', 'CalendarAssistant', 'Common', 'InternetHeaders', 'Meeting'],
    ...['PublicStrings', 'Sharing', 'Task', 'UnifiedMessaging'],
  ].map(set => `DistinguishedPropertySetId="${set}" PropertyName="x"`),
  `PropertySetId="${MAPI}" PropertyId="112"`,
]

for (const attributes of [...AMBIGUOUS, ...CONFLICTING]) {
  t.equal(
    guardOn(createItem(property(attributes), SENT), EVERYTHING),
    'sender-refused',
    `R13 ${attributes} may name a sender`,
  )
  for (const [name, write] of WRITES)
    t.equal(
      guardOn(write(property(attributes)), EVERYTHING),
      'operation-refused',
      `R14 ${attributes} may be roaming data in ${name}`,
    )
}
for (const attributes of HARMLESS) {
  t.equal(guardOn(createItem(property(attributes), SENT)), undefined, `R13 ${attributes} is sent`)
  for (const [name, write] of WRITES)
    t.equal(guardOn(write(property(attributes))), undefined, `R14 ${attributes} in ${name}`)
}

const both = (number: number): readonly string[] => [
  `PropertyTag="0x${number.toString(16).toUpperCase().padStart(4, '0')}"`,
  `PropertyTag="0X${number.toString(16)}"`,
  `PropertyTag="${number}"`,
  `PropertySetId="${MAPI}" PropertyId="${number}"`,
]
const RULES = [
  ...[0x0e99, 0x0e9a, 0x0e9b, 0x65e9, 0x65ea, 0x65eb, 0x65ec, 0x65ed, 0x65ee, 0x65f3],
  ...[0x6674, 0x6676, 0x6677, 0x6678, 0x6679, 0x6680, 0x6681, 0x6682, 0x6683, 0x6684],
  ...[0x3fe1, 0x67aa],
]
for (const attributes of RULES.flatMap(both))
  for (const [name, write] of WRITES) {
    const request = write(property(attributes))
    t.equal(guardOn(request), 'operation-refused', `R14 ${attributes} in ${name}`)
    t.equal(
      guardOn(request, { guard: { inboxRules: true } }),
      undefined,
      `R14 ${attributes} in ${name} by switch`,
    )
    t.equal(
      guardOn(request, { type: 'READ_ONLY', guard: { inboxRules: true } }),
      'role-is-read-only',
      `P4 ${attributes} in ${name}`,
    )
  }
for (const attributes of [0x7c06, 0x7c07, 0x7c08, 0x7c09].flatMap(both))
  for (const [name, write] of WRITES)
    t.equal(
      guardOn(write(property(attributes)), EVERYTHING),
      'operation-refused',
      `R14 ${attributes} in ${name}, whatever the switches`,
    )
for (const attributes of [0x0065, 0x0c1f, 0x5d02].flatMap(both))
  t.equal(
    guardOn(createItem(property(attributes), SENT), EVERYTHING),
    'sender-refused',
    `R13 ${attributes}`,
  )
for (const decimal of ['41', '64', '65', '10065', '20041'])
  t.equal(
    guardOn(createItem(property(`PropertyTag="${decimal}"`), SENT), EVERYTHING),
    'sender-refused',
    `R13 ${decimal}, which names a sender to a server that reads it as hexadecimal`,
  )
for (const decimal of ['6679', '6680', '16679'])
  t.equal(
    guardOn(updateItem(property(`PropertyTag="${decimal}"`))),
    'operation-refused',
    `R14 ${decimal}, which names a rule to a server that reads it as hexadecimal`,
  )
t.equal(
  guardOn(updateItem(property('PropertyTag="0x6680"', 'Path'))),
  'operation-refused',
  'R14 a property under the name of all fields',
)
t.equal(
  guardOn(
    '<m:GetItem><m:ItemShape><t:AdditionalProperties><t:ExtendedFieldURI PropertyTag="0x6680" PropertyType="Binary"/></t:AdditionalProperties></m:ItemShape></m:GetItem>',
  ),
  undefined,
  'R14 reading a rule',
)

/**
 * Returns every number that a reader could make of a text: by C’s strtoul with every base, and cut to 16
 * bits.
 */
function readings(text: string): readonly number[] {
  const trimmed = text.trim()
  const numbers = [
    Number(trimmed),
    Number.parseInt(trimmed, 10),
    Number.parseInt(trimmed, 16),
    /^[+-]?0[0-7]/.test(trimmed) ? Number.parseInt(trimmed, 8) : Number.NaN,
  ].filter(number => Number.isInteger(number))
  return numbers.flatMap(number => [
    number,
    Number(BigInt.asUintN(16, BigInt(number))),
    Number(BigInt.asUintN(32, BigInt(number))) >>> 16,
  ])
}
const spelling = fc.oneof(
  fc.integer({ min: 0, max: 0xffffffff }).map(number => `0x${number.toString(16)}`),
  fc.integer({ min: -0xffff, max: 0x1ffff }).map(String),
  fc.string({ unit: fc.constantFrom('0', '1', '6', '5', 'x', 'X', ' ', '-', '+'), maxLength: 7 }),
)
const bold = fc.check(
  fc.property(spelling, text => {
    // Hexadecimal digits without a prefix are decimal to every reader of the schema.
    const isPlain = /^(0[xX][0-9A-Fa-f]{1,4}|[1-9]\d{0,4})$/.test(text)
    const possible = isPlain ? [Number(text)] : readings(text)
    const refused =
      guardOn(createItem(property(`PropertyTag="${text}"`), SENT), EVERYTHING) !== undefined
    return refused || !possible.includes(0x0065)
  }),
  { numRuns: runs(5_000) },
)
t.notOk(bold.failed, 'R13 no spelling of a property passes that a reader takes for a sender', bold)
