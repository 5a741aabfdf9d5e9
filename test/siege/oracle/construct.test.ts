/** Features of the schemas, and the requests that are constructed for them. */

import t from 'tap'
import { Random } from '../random.ts'
import { construct } from './construct.ts'
import { type Feature, featuresOf } from './features.ts'
import type { Tree } from './tree.ts'

const TEXTS = { text: () => undefined, attribute: () => undefined }
const OPERATIONS = ['CreateItem', 'UpdateItem', 'UploadItems', 'GetItem', 'Subscribe', 'ConvertId']

const sorted = (feature: Feature) => Object.entries(feature).sort()

/** Returns the elements at a path below others. */
const at = (trees: readonly Tree[], path: readonly string[]): readonly Tree[] =>
  path.reduce(
    (found, name) => found.flatMap(({ children }) => children.filter(child => child.name === name)),
    trees,
  )

function shows({ attributes, children }: Tree, feature: Feature): boolean {
  const { element, attribute, value, isAbsent } = feature
  if (attribute !== undefined)
    return isAbsent
      ? !Object.hasOwn(attributes, attribute)
      : Object.hasOwn(attributes, attribute) &&
          (value ?? attributes[attribute]) === attributes[attribute]
  if (element === undefined) return children.length === 0
  const found = children.filter(({ name }) => name === element)
  return isAbsent
    ? found.length === 0
    : found.length > 0 && (value === undefined || found.some(({ text }) => text === value))
}

t.test('featuresOf() has elements, values, attributes, and their absence', t => {
  const item = ['m:Items', 't:CalendarItem', 't:InboxReminders', 't:InboxReminder']
  for (const [operation, feature] of [
    ['CreateItem', { path: [], element: 'm:SavedItemFolderId', isAbsent: true }],
    ['CreateItem', { path: ['m:Items'], element: 't:PostItem', isAbsent: false }],
    ['CreateItem', { path: ['m:Items'], element: 't:ProposeNewTime', isAbsent: false }],
    ['CreateItem', { path: ['m:Items'], isAbsent: true }],
    ['CreateItem', { path: item, element: 't:SendOption', value: 'AllAttendees', isAbsent: false }],
    ['UploadItems', { path: ['m:Items', 't:Item'], attribute: 'IsAssociated', isAbsent: true }],
    [
      'UploadItems',
      { path: ['m:Items', 't:Item'], attribute: 'CreateAction', value: 'Update', isAbsent: false },
    ],
  ] as const)
    t.ok(
      featuresOf(operation).some(
        one => JSON.stringify(sorted(one)) === JSON.stringify(sorted(feature)),
      ),
      `${operation} ${JSON.stringify(feature)}`,
    )
  t.strictSame(featuresOf('NoOperation'), [])
  t.end()
})

t.test('a constructed request has its feature, or lacks it', t => {
  for (const operation of OPERATIONS)
    for (const [number, feature] of featuresOf(operation).entries()) {
      const tree = construct(operation, feature, TEXTS, new Random(1, number))
      const holders = tree === undefined ? [] : at([tree], feature.path)
      if (!holders.some(holder => shows(holder, feature)))
        t.fail(`${operation} ${JSON.stringify(feature)}`)
    }
  t.pass('all')
  t.end()
})

t.test('of two choices side by side, a constructed request has an element of each', t => {
  const path = ['m:ItemChanges', 't:ItemChange', 't:Updates', 't:SetItemField']
  const changes = Array.from({ length: 200 }, (_, number) =>
    construct('UpdateItem', { path, isAbsent: false }, TEXTS, new Random(1, number)),
  ).flatMap(tree => (tree === undefined ? [] : at([tree], path)))
  const whole = changes.filter(
    ({ children: [uri, item] }) => /FieldURI$/.test(uri?.name ?? '') && item !== undefined,
  )
  t.ok(whole.length > changes.length * 0.8, `${whole.length} of ${changes.length}`)
  t.end()
})
