/** R44: every element, attribute, and kind of an item in the published schemas has its effects in the tables. */

import { readFileSync } from 'node:fs'
import t from 'tap'
import { readEnvelope } from '../../src/ews/reader.ts'
import { looksLikeSelector } from '../../src/ews/selectors.ts'
import { effectOf, namesWithEffect } from '../../src/model/item-elements.ts'
import { ITEM_KINDS, kindNamed } from '../../src/model/item-kinds.ts'
import { envelope } from '../kit/corpus.ts'

type Element = Readonly<{
  name?: string
  type?: string
  ref?: true
  group?: string
  inline?: Readonly<{ elements: readonly Element[] }>
}>
type Type = Readonly<{
  elements?: readonly Element[]
  attributes?: readonly Readonly<{ name: string }>[]
  base?: string
}>
type Schema = Readonly<{
  types: Readonly<Record<string, Type>>
  elements: Readonly<Record<string, Element>>
  groups: Readonly<Record<string, Type>>
}>

const SCHEMAS = JSON.parse(
  readFileSync(new URL('../../fixtures/ews-schema.json', import.meta.url), 'utf8'),
) as Readonly<Record<string, Schema>>

function find<Kind extends keyof Schema>(kind: Kind, name: string | undefined) {
  const [prefix = '', local = ''] = name?.split(':') ?? []
  return SCHEMAS[prefix]?.[kind][local] as Schema[Kind][string] | undefined
}

/** Elements that CreateItem can contain, and those that an item can name as its responses. */
const ENTRIES = ['t:NonEmptyArrayOfAllItemsType', 't:NonEmptyArrayOfResponseObjectsType'].flatMap(
  name => find('types', name)?.elements ?? [],
)
const kinds = new Set(ENTRIES.map(({ name }) => name ?? ''))

/** All elements inside of these, at any depth, and all attributes, which begin with `@`. */
const names = new Set<string>()
const seen = new Set<string>()
function walk(type: string | undefined): void {
  const found = find('types', type)
  if (type === undefined || found === undefined || seen.has(type)) return
  seen.add(type)
  for (const { name } of found.attributes ?? []) names.add(`@${name}`)
  for (const element of found.elements ?? []) walkElement(element)
  walk(found.base)
}
function walkElement({ name, type, ref, group, inline }: Element): void {
  for (const element of find('groups', group)?.elements ?? []) walkElement(element)
  for (const element of inline?.elements ?? []) walkElement(element)
  if (name !== undefined) names.add(name.replace(/.*:/, ''))
  walk(ref ? find('elements', name)?.type : type)
}
for (const { type } of ENTRIES) walk(type)

t.ok(names.size > 550, `${names.size} names are in the schemas`)
t.strictSame(
  [...names].filter(name => !kinds.has(name) && effectOf(name) === undefined),
  [],
  'every element and attribute of an item in the schemas has an effect',
)
t.equal(effectOf('Frobnicate'), undefined)
t.equal(effectOf('constructor'), undefined)

t.strictSame(
  [...kinds].filter(name => kindNamed(name) === undefined),
  [],
  'every item and response in the schemas has a row',
)
for (const { name = '', type = '' } of ENTRIES)
  t.equal(kindNamed(type.replace(/^t:|Type$/g, '')), kindNamed(name), `${type} is a ${name}`)
t.strictSame(
  Object.keys(ITEM_KINDS).filter(name => !kinds.has(name)),
  ['ApproveRequestItem', 'RejectRequestItem'],
  'only these rows are not in the schemas',
)
for (const { name = '', type } of ENTRIES) {
  const refers = find('types', type)
  const bases = []
  for (let base = refers?.base; base !== undefined; base = find('types', base)?.base)
    bases.push(base)
  t.equal(
    kindNamed(name)?.refers !== undefined,
    bases.includes('t:ResponseObjectCoreType') || name === 'AddItemToMyCalendar',
    `${name} refers to a stored item if it is a response`,
  )
}

t.strictSame(
  namesWithEffect('id').filter(name => !looksLikeSelector(name) && name !== 'Id'),
  [],
  'every element that names an item or a mailbox is recognized by its name',
)

/** Effects, content of an element that has the effect, and whether the facts of a request show it. */
const update = (content: string) =>
  readEnvelope(
    Buffer.from(
      envelope(
        'ann@example.com',
        `<m:UpdateItem MessageDisposition="SaveOnly"><t:Message>${content}</t:Message></m:UpdateItem>`,
      ),
    ),
  ).facts
const sent = (content: string) =>
  readEnvelope(
    Buffer.from(
      envelope(
        'ann@example.com',
        `<m:UpdateItem MessageDisposition="SendOnly"><t:Message>${content}</t:Message></m:UpdateItem>`,
      ),
    ),
  ).facts
const MIME = Buffer.from('From: bob@example.com\r\n\r\n').toString('base64')
const SHOWN = {
  archiving: [(name: string) => update(`<t:${name}/>`).content.archives],
  class: [(name: string) => update(`<t:${name}>IPM.Rule</t:${name}>`).hiddenRules],
  deletion: [(name: string) => update(`<t:${name}/>`).content.deletes],
  hidden: [(name: string) => update(`<t:${name}>true</t:${name}>`).hiddenRules],
  message: [(name: string) => sent(`<t:${name}>${MIME}</t:${name}>`).senders.length === 1],
  notice: [(name: string) => update(`<t:${name}/>`).sends],
  receipt: [(name: string) => update(`<t:${name}/>`).sends],
  sender: [(name: string) => sent(`<t:${name}/>`).unknownSender],
  state: [(name: string) => update(`<t:${name}/>`).content.writesState],
} as const
for (const effect of Object.keys(SHOWN) as (keyof typeof SHOWN)[])
  for (const name of namesWithEffect(effect))
    t.ok(SHOWN[effect][0](name), `the reader finds the ${effect} of ${name}`)
for (const name of namesWithEffect('content')) {
  const facts = update(`<t:${name}/>`)
  t.notOk(
    facts.sends || facts.grants || facts.hiddenRules || facts.content.deletes,
    `the reader finds nothing in ${name}`,
  )
}
