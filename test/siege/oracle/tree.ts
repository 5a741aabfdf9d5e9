/**
 * Requests as trees, which can be written and made smaller.
 *
 * @module
 */

/** An element with the prefix of its namespace. */
export type Tree = Readonly<{
  name: string
  attributes: Readonly<Record<string, string>>
  children: readonly Tree[]
  text: string
}>

/** Returns an element as XML. */
export function write({ name, attributes, children, text }: Tree): string {
  const start = Object.entries(attributes)
    .map(([key, value]) => ` ${key}="${escaped(value)}"`)
    .join('')
  const content = children.map(write).join('') + escaped(text)
  return content === '' ? `<${name}${start}/>` : `<${name}${start}>${content}</${name}>`
}

/** Returns all trees that lack one element or one attribute of a tree, those that lack most first. */
export function* smaller(tree: Tree): Generator<Tree> {
  const { attributes, children } = tree
  for (const at of children.keys()) yield { ...tree, children: children.toSpliced(at, 1) }
  for (const key of Object.keys(attributes)) {
    const { [key]: _, ...others } = attributes
    yield { ...tree, attributes: others }
  }
  for (const [at, child] of children.entries())
    for (const one of smaller(child)) yield { ...tree, children: children.with(at, one) }
}

const escaped = (text: string) => text.replace(/[&<>"]/g, found => `&#${found.charCodeAt(0)};`)
