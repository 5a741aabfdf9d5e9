import fc from 'fast-check'
import t from 'tap'
import type { Filter, Property } from '../../../src/console/api/history.ts'
import {
  filtersOf,
  PROPERTIES,
  queryOf,
  readFilters,
  writeFilters,
} from '../../../src/console/audit/filters.ts'

const filters = fc.array(
  fc.record<Filter>({
    Property: fc.constantFrom(...(Object.keys(PROPERTIES) as Property[])),
    Operator: fc.constantFrom('EQUALS', 'NOT_EQUALS', 'CONTAINS'),
    Value: fc.string({ minLength: 1 }).filter(value => value.trim() === value),
  }),
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
