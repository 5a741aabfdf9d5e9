import { readFileSync } from 'node:fs'
import t from 'tap'
import type { Operation } from '../../src/ews/operation-row.ts'
import {
  EXTRA_READS,
  OPERATIONS,
  type OperationName,
  operationOf,
  requestElementOf,
  rowOf,
} from '../../src/ews/operations.ts'

type Row = Readonly<{
  operation: string
  requestElement: string
  class: string
  readOnlyAllowed: boolean
  streaming: boolean
  /** Names of elements that look like a mailbox or an ID, in their order. Absent if there are none. */
  names?: string
  /** Columns that most operations leave empty. Absent if all are empty. */
  columns?: Readonly<Record<string, unknown>>
  source: string
}>

const rows: readonly Row[] = JSON.parse(readFileSync('fixtures/ews-operations.json', 'utf8'))
const names = Object.keys(OPERATIONS) as OperationName[]

/** A published WSDL is named with its number of operations: `WSDL-122(…)`. */
const inWsdl = ({ source }: Row) => /WSDL-\d+/.test(source)

t.test('OPERATIONS has exactly the operations of the catalogue', async t => {
  t.ok(rows.length > 200)
  t.equal(new Set(rows.map(({ operation }) => operation)).size, rows.length)
  t.strictSame([...names].sort(), rows.map(({ operation }) => operation).sort())
})

t.strictSame(
  Object.fromEntries(
    names.map(name => {
      const { class: of, readOnlyAllowed, wsdl } = OPERATIONS[name]
      return [name, { class: of, readOnlyAllowed, wsdl }]
    }),
  ),
  Object.fromEntries(
    rows.map(row => [
      row.operation,
      { class: row.class, readOnlyAllowed: row.readOnlyAllowed, wsdl: inWsdl(row) },
    ]),
  ),
  'OPERATIONS says of each operation what the catalogue says',
)

t.strictSame(
  Object.fromEntries(names.map(name => [name, specialOf(OPERATIONS[name])])),
  Object.fromEntries(
    rows.map(({ operation, names = '', streaming, columns = {} }) => [
      operation,
      { names, streaming, columns },
    ]),
  ),
  'R9 OPERATIONS has the names and special columns of the catalogue',
)

function specialOf(operation: Operation) {
  const { class: _, readOnlyAllowed, wsdl, requestElement, names: known, ...special } = operation
  const { streaming = false, ...columns } = special
  const written = [...known].filter(name => name !== '').sort()
  return { names: written.join(' '), streaming, columns }
}

t.test('OPERATIONS counts the operations of the published WSDLs', async t => {
  for (const size of [101, 122, 123]) {
    const listed = rows.filter(({ source }) => source.includes(`WSDL-${size}(`))
    t.equal(listed.length, size)
  }
})

t.test('operationOf() finds each operation by its request element', async t => {
  for (const { operation, requestElement } of rows) {
    t.equal(operationOf(requestElement), operation)
  }
})

t.test('P3 operationOf() finds no other element', async t => {
  const elements = new Set(rows.map(({ requestElement }) => requestElement))
  const others = [
    ...names.filter(name => !elements.has(name)),
    ...names.map(name => name.toLowerCase()),
    ...names.map(name => `${name}Response`),
    ...names.map(name => `m:${name}`),
    ...['', ' GetItem', 'GetItem ', 'toString', 'constructor', '__proto__', 'GetІtem'],
  ]
  t.strictSame(
    others.filter(element => operationOf(element) !== undefined),
    [],
  )
})

t.test('R4 READ_ONLY allows only reads and the session of the caller', async t => {
  const classes = names
    .filter(name => OPERATIONS[name].readOnlyAllowed)
    .map(name => OPERATIONS[name].class)
  t.strictSame([...new Set(classes)].sort(), ['read', 'session'])
})

t.test('R4 READ_ONLY excludes operations that can create items or leak other data', async t => {
  t.strictSame([...EXTRA_READS].sort(), [
    'GetAppManifests',
    'GetAppMarketplaceUrl',
    'GetImItemList',
    'GetImItems',
    'GetUserConfiguration',
  ])
  t.ok([...EXTRA_READS].every(name => OPERATIONS[name].readOnlyAllowed))
})

const namesWith = (column: 'neutral' | 'directoryLookup') =>
  names.filter(name => rowOf(requestElementOf(name))[column])

t.test('R1 OPERATIONS marks as neutral what clients send without impersonation', async t => {
  const neutral = namesWith('neutral')
  t.strictSame(neutral.sort(), [
    'ConvertId',
    'ExpandDL',
    'GetMailTips',
    'GetRoomLists',
    'GetRooms',
    'GetServerTimeZones',
    'GetUserAvailability',
    'ResolveNames',
  ])
  t.ok(neutral.every(name => OPERATIONS[name].class === 'read'))
  t.ok(neutral.every(name => OPERATIONS[name].readOnlyAllowed))
})

t.test('R2 OPERATIONS marks as lookups what queries the address book', async t => {
  t.strictSame(namesWith('directoryLookup').sort(), [
    'ExpandDL',
    'FindPeople',
    'GetMailTips',
    'GetPersona',
    'GetRoomLists',
    'GetRooms',
    'GetUserAvailability',
    'GetUserPhoto',
    'ResolveNames',
  ])
})

t.test('OPERATIONS has no reading class for changing, sending, or opening', async t => {
  for (const [name, of] of [
    ['SendItem', 'send'],
    ['CreateItem', 'send'],
    ['MarkAsJunk', 'write'],
    ['MarkAllItemsAsRead', 'write'],
    ['DeleteItem', 'write'],
    ['AddDelegate', 'delegation'],
    ['GetClientAccessToken', 'token'],
    ['InstallApp', 'admin'],
    ['SetHoldOnMailboxes', 'admin'],
  ] as const) {
    t.equal(OPERATIONS[name].class, of, name)
    t.notOk(OPERATIONS[name].readOnlyAllowed, name)
  }
})

t.test(
  'rowOf() finds the row by the request element, and returns undefined for an unknown one',
  async t => {
    for (const name of names) t.equal(rowOf(requestElementOf(name)), OPERATIONS[name])
    for (const element of ['', 'toString', '__proto__', 'GetUserAvailability', 'getItem']) {
      const {
        class: of,
        names: known,
        selectors,
        wsdl,
        readOnlyAllowed,
        ...others
      } = rowOf(element)
      t.strictSame(
        [of, wsdl, readOnlyAllowed, selectors, others],
        ['admin', false, false, undefined, {}],
      )
      t.notOk(known.has('ItemId'))
    }
  },
)

t.test('R13 OPERATIONS marks the operations that need a switch of the guard', async t => {
  const needing = (of: string) => names.filter(name => rowOf(requestElementOf(name)).needs === of)
  t.strictSame(needing('sending'), [
    'PlayOnPhone',
    'ReportMessage',
    'SendItem',
    'SetUserOofSettings',
  ])
  t.strictSame(needing('inboxRules'), ['UpdateInboxRules'])
  t.strictSame(
    needing('delegation'),
    names.filter(name => OPERATIONS[name].class === 'delegation'),
  )
})
