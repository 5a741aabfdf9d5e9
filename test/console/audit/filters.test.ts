import fc from 'fast-check'
import t from 'tap'
import type { Filter, Property } from '../../../src/console/api/history.ts'
import {
  decisionIdOf,
  filtersOf,
  freeTextOf,
  PROPERTIES,
  queryOf,
  readFilters,
  writeFilters,
} from '../../../src/console/audit/filters.ts'

/** An object is only searched: the API accepts no other operator. */
const isAccepted = ({ Property, Operator }: Filter) =>
  Property !== 'OBJECT' || Operator === 'CONTAINS'

const filters = fc.array(
  fc
    .record<Filter>({
      Property: fc.constantFrom(...(Object.keys(PROPERTIES) as Property[])),
      Operator: fc.constantFrom('EQUALS', 'NOT_EQUALS', 'CONTAINS'),
      Value: fc.string({ minLength: 1 }).filter(value => value.trim() === value),
    })
    .filter(isAccepted),
)

t.test('filters are the same behind the property filter and behind the address', async t => {
  const roundTrip = fc.property(filters, of => {
    const params = writeFilters(
      new URLSearchParams('last=7d&role=old&not-action=old&contains-reason=old'),
      of,
    )
    const inAddress = readFilters(new URLSearchParams(params.toString()))
    t.equal(params.get('last'), '7d')
    return [filtersOf(queryOf(of)), inAddress].every(
      read => JSON.stringify(read) === JSON.stringify(of),
    )
  })
  t.doesNotThrow(() => fc.assert(roundTrip))
})

t.test('readFilters() searches for an object, however the address names it', async t => {
  for (const name of ['object', 'contains-object'])
    t.strictSame(readFilters(new URLSearchParams(`${name}=Backup`)), [
      { Property: 'OBJECT', Operator: 'CONTAINS', Value: 'Backup' },
    ])
})

t.test('filtersOf() takes nothing from tokens that say nothing', async t => {
  const tokens = [
    { operator: ':', value: 'free text' },
    { propertyKey: 'toString', operator: '=', value: 'x' },
    { propertyKey: 'ROLE', operator: '=', value: '  ' },
    { propertyKey: 'ROLE', operator: '=', value: null },
    { propertyKey: 'ROLE', operator: '!=', value: ' r-1 ' },
  ]
  t.strictSame(filtersOf({ tokens, operation: 'and' }), [
    { Property: 'ROLE', Operator: 'NOT_EQUALS', Value: 'r-1' },
  ])
})

const ID = '01939a6e-7f3c-7abc-8def-0123456789ab'

for (const [behavior, text, expected] of [
  ['finds an ID', ID, ID],
  ['finds an ID in upper case', ID.toUpperCase(), ID],
  ['takes no other text for an ID', 'alice@example.com', undefined],
  ['takes no text that contains an ID for an ID', `${ID}0`, undefined],
  ['takes no text that ends with an ID for an ID', `0${ID}`, undefined],
  ['finds none without a text', undefined, undefined],
] as const)
  t.equal(decisionIdOf(text), expected, `decisionIdOf() ${behavior}`)

for (const [behavior, token, expected] of [
  ['returns a text without spaces around it', { value: ` ${ID} ` }, ID],
  ['leaves the value of a property to its filter', { propertyKey: 'RULE', value: ID }, undefined],
] as const)
  t.test(`freeTextOf() ${behavior}`, async t => {
    const tokens = [
      { propertyKey: 'ROLE', operator: '=', value: 'r-1' },
      { operator: ':', ...token },
    ]
    t.equal(freeTextOf({ tokens, operation: 'and' }), expected)
  })
