/**
 * Features of requests: each element, attribute, and value of the schemas that a request can have or lack, with the
 * elements that lead to it.
 *
 * @module
 */

import { allItemKinds, ITEM_LIST, type Particle, type SchemaType, typeOfRequest } from './schema.ts'

/** Something that a request has, or lacks although others of its kind have it. */
export type Feature = Readonly<{
  /** Names of the elements from the request's element to the type, without the request's element. */
  path: readonly string[]
  /** An element of the type, or an attribute of it. Undefined: the type has no content. */
  element?: string
  attribute?: string
  /** Value of the attribute, or text of the element. */
  value?: string
  isAbsent: boolean
}>

/** Maximum number of elements between a request's element and a feature. */
const MAX_DEPTH = 7

/** Returns all features of an operation. Each type counts once, where the fewest elements lead to it. */
export function featuresOf(requestElement: string): readonly Feature[] {
  const root = typeOfRequest(requestElement)
  if (root === undefined) return []
  const seen = new Set<string>([root.name])
  const queue: (readonly [SchemaType, readonly string[]])[] = [[root, []]]
  const features: Feature[] = []
  for (const [type, path] of queue) {
    features.push(...attributeFeatures(type, path))
    const elements = elementsOf(type)
    if (elements.length > 0) features.push({ path, isAbsent: true })
    for (const particle of elements) {
      features.push(...elementFeatures(particle, path))
      const { name, type: inner } = particle
      if (path.length >= MAX_DEPTH || seen.has(inner.name)) continue
      seen.add(inner.name)
      queue.push([inner, [...path, name]])
    }
  }
  return features
}

/** Returns the elements of a type. Lists of items also have the kinds of items that only other schemas list. */
export function elementsOf(type: SchemaType): readonly Particle[] {
  if (type.name !== ITEM_LIST) return type.elements()
  itemKinds ??= [...type.elements(), ...unlisted(type.elements())]
  return itemKinds
}

let itemKinds: readonly Particle[] | undefined

function unlisted(elements: readonly Particle[]): readonly Particle[] {
  const listed = new Set(elements.map(({ name }) => name))
  return allItemKinds().filter(({ name }) => !listed.has(name))
}

const BOOLEANS = ['true', 'false']

/** Returns the values of which each counts as a feature of its own. */
export const valuesOf = (type: SchemaType): readonly string[] =>
  type.name === 'xs:boolean' ? BOOLEANS : type.values

function attributeFeatures(type: SchemaType, path: readonly string[]): readonly Feature[] {
  return type.attributes.flatMap(({ name: attribute, type: of }) => [
    ...variants(valuesOf(of), { path, attribute }),
    { path, attribute, isAbsent: true },
  ])
}

const elementFeatures = (
  { name: element, type, choice }: Particle,
  path: readonly string[],
): readonly Feature[] => [
  ...variants(valuesOf(type), { path, element }),
  ...(choice ? [] : [{ path, element, isAbsent: true }]),
]

function variants(
  values: readonly string[],
  feature: Omit<Feature, 'isAbsent' | 'value'>,
): readonly Feature[] {
  if (values.length === 0) return [{ ...feature, isAbsent: false }]
  return values.map(value => ({ ...feature, value, isAbsent: false }))
}
