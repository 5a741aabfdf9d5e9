/**
 * Structure of the published schemas of EWS: the types of all elements, with what their bases and groups add, and every
 * element, attribute, and value that a request can have or lack.
 *
 * @module
 */

import { readFileSync } from 'node:fs'

/** An element of a type. `choice`: one of the adjacent elements that also have it and the same owner. */
export type Particle = Readonly<{
  /** Name of the type or group that declares the element. */
  owner: string
  /** Name with the prefix of its namespace. */
  name: string
  type: SchemaType
  min: number
  isRepeated: boolean
  choice: boolean
}>

export type Attribute = Readonly<{ name: string; isRequired: boolean; type: SchemaType }>

export type SchemaType = Readonly<{
  /** Name with prefix, or the path of an inline type. */
  name: string
  /** Elements of the bases come first. A function, because types contain each other. */
  elements: () => readonly Particle[]
  attributes: readonly Attribute[]
  /** Values of an enumeration. Empty for all other types. */
  values: readonly string[]
  /** Whether elements of the type have text. */
  hasText: boolean
}>

type RawParticle = {
  name?: string
  type?: string
  min?: number
  max?: number | 'unbounded'
  choice?: boolean
  ref?: boolean
  group?: string
  any?: boolean
  inline?: RawType
  values?: string[]
}
type RawAttribute = { name?: string; type?: string; required?: boolean; group?: string }
type RawType = {
  base?: string
  abstract?: boolean
  elements?: RawParticle[]
  attributes?: RawAttribute[]
  values?: string[]
}
type RawElement = RawType & { type?: string }
type RawSchema = Readonly<{
  elements: Record<string, RawElement>
  types: Record<string, RawType>
  simple: Record<string, RawType>
  groups: Record<string, RawType>
  attributeGroups: Record<string, RawType>
}>

const FILE = new URL('../../../fixtures/ews-schema.json', import.meta.url)
const RAW = JSON.parse(readFileSync(FILE, 'utf8')) as Readonly<Record<'t' | 'm', RawSchema>>
const TYPES = new Map<string, SchemaType>()

/** Returns the type of a request's element. Undefined if the schemas don't describe it. */
export function typeOfRequest(element: string): SchemaType | undefined {
  const raw = RAW.m.elements[element]
  return raw && typeOfElement(`m:${element}`, raw)
}

/** Returns the elements of all types that an item can have, also those that the newest schema no longer lists. */
export const allItemKinds = (): readonly Particle[] =>
  Object.entries(RAW.t.types)
    .filter(([name, { abstract }]) => !abstract && descendsFrom(`t:${name}`, 't:ItemType'))
    .map(([name]) => ({
      owner: ITEM_LIST,
      name: `t:${ELEMENTS[name] ?? name.replace(/(Message)?Type$/, '')}`,
      type: typeNamed(`t:${name}`),
      min: 1,
      isRepeated: false,
      choice: true,
    }))

/** Type of the lists of items of all kinds. */
export const ITEM_LIST = 't:NonEmptyArrayOfAllItemsType'

/** Elements whose names don't follow from their types. */
const ELEMENTS: Readonly<Record<string, string>> = {
  MessageType: 'Message',
  ContactItemType: 'Contact',
  RoleMemberItemType: 'RoleMember',
  NetworkItemType: 'Network',
  AbchPersonItemType: 'Person',
}

function descendsFrom(name: string, ancestor: string): boolean {
  const base = rawNamed(name)?.base
  return base !== undefined && (base === ancestor || descendsFrom(base, ancestor))
}

function typeOfElement(name: string, raw: RawElement): SchemaType {
  return raw.type === undefined ? typeOf(`${name}/`, raw) : typeNamed(raw.type)
}

function typeNamed(name: string): SchemaType {
  const known = TYPES.get(name)
  if (known !== undefined) return known
  const type = typeOf(name, rawNamed(name) ?? {})
  TYPES.set(name, type)
  return type
}

function rawNamed(name: string): RawType | undefined {
  const [prefix, local = ''] = name.split(':')
  if (prefix !== 't' && prefix !== 'm') return undefined
  return RAW[prefix].types[local] ?? RAW[prefix].simple[local]
}

function typeOf(name: string, raw: RawType): SchemaType {
  let elements: readonly Particle[] | undefined
  return {
    name,
    elements: () => {
      elements ??= particlesOf(name, raw)
      return elements
    },
    attributes: attributesOf(raw),
    values: raw.values ?? baseValues(raw),
    hasText: name.startsWith('xs:') || raw.values !== undefined || baseHasText(raw),
  }
}

const baseValues = ({ base }: RawType): readonly string[] => {
  const raw = base === undefined ? undefined : rawNamed(base)
  return raw === undefined ? [] : (raw.values ?? baseValues(raw))
}

function baseHasText({ base }: RawType): boolean {
  if (base === undefined) return false
  const raw = rawNamed(base)
  return raw === undefined || raw.values !== undefined || baseHasText(raw)
}

function particlesOf(name: string, raw: RawType): readonly Particle[] {
  const base = raw.base === undefined ? undefined : rawNamed(raw.base)
  return [
    ...(raw.base !== undefined && base !== undefined ? typeNamed(raw.base).elements() : []),
    ...(raw.elements ?? []).flatMap(particle => particlesIn(name, particle)),
  ]
}

function particlesIn(owner: string, raw: RawParticle): readonly Particle[] {
  if (raw.group !== undefined) {
    const [prefix, local = ''] = raw.group.split(':') as ['t' | 'm', string]
    return (RAW[prefix].groups[local]?.elements ?? []).flatMap(one =>
      particlesIn(raw.group ?? '', one),
    )
  }
  if (raw.name === undefined) return []
  const name = raw.ref ? raw.name : `${owner[0]}:${raw.name}`
  return [
    {
      owner,
      name,
      type: typeOfParticle(`${owner}/${raw.name}`, name, raw),
      min: raw.min ?? 1,
      isRepeated: raw.max === 'unbounded' || (raw.max ?? 1) > 1 || raw.choice === true,
      choice: raw.choice === true,
    },
  ]
}

function typeOfParticle(path: string, name: string, raw: RawParticle): SchemaType {
  if (raw.inline !== undefined) return typeOf(path, raw.inline)
  if (raw.values !== undefined) return typeOf(path, { values: raw.values })
  if (!raw.ref) return typeNamed(raw.type ?? 'xs:string')
  const [prefix, local = ''] = name.split(':') as ['t' | 'm', string]
  return typeOfElement(name, RAW[prefix].elements[local] ?? {})
}

function attributesOf(raw: RawType): readonly Attribute[] {
  const base = raw.base === undefined ? undefined : rawNamed(raw.base)
  const own = (raw.attributes ?? []).flatMap(attribute => {
    if (attribute.group === undefined) return [attribute]
    const [prefix, local = ''] = attribute.group.split(':') as ['t' | 'm', string]
    return RAW[prefix].attributeGroups[local]?.attributes ?? []
  })
  return [
    ...(base === undefined ? [] : attributesOf(base)),
    ...own.flatMap(({ name, type, required }) =>
      name === undefined
        ? []
        : [{ name, isRequired: required === true, type: typeNamed(type ?? 'xs:string') }],
    ),
  ]
}
