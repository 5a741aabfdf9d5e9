import t from 'tap'
import { serviceModel } from '../../scripts/docs/service-model.ts'
import { ACTIONS } from '../../src/control/actions.ts'
import { textOf } from '../kit/checkout.ts'

const model = serviceModel()

t.strictSame(
  JSON.parse(textOf('docs/ewsgateway.model.json')),
  JSON.parse(JSON.stringify(model)),
  'docs/ewsgateway.model.json is what `npm run docs` writes',
)

t.test('serviceModel() has every action of EwsGateway, with all members of its input', async t => {
  const own = [...ACTIONS.values()].filter(({ service }) => service === 'EwsGateway')
  t.strictSame(
    Object.keys(model.operations),
    own.map(({ name }) => name),
  )
  for (const { name } of own) {
    const { members = {} } = model.shapes[`${name}Request`] ?? {}
    t.ok(Object.hasOwn(members, 'OrganizationId'), name)
    t.ok(Object.hasOwn(model.shapes, `${name}Response`), name)
  }
})

t.test('serviceModel() has every shape that it names, and names every shape', async t => {
  const text = JSON.stringify(model)
  const named = new Set([...text.matchAll(/"shape":"(\w+)"/g)].map(([, name = '']) => name))
  const exceptions = Object.entries(model.shapes).filter(([, { exception }]) => exception)
  t.ok(exceptions.length > 10, `${exceptions.length} exceptions`)
  t.strictSame(
    [...named, ...exceptions.map(([name]) => name)].sort(),
    Object.keys(model.shapes).sort(),
  )
})
