/**
 * XML as the sandbox sees it: elements with namespaces resolved.
 *
 * @module
 */

/** By name, decoded. */
export type Attributes = Readonly<Record<string, string>>

/** One element; text beside child elements means nothing in EWS and is kept all the same. */
export class XmlElement {
  readonly namespace: string
  readonly name: string
  readonly attributes: Attributes
  readonly children: readonly XmlElement[]
  readonly text: string

  constructor(
    namespace: string,
    name: string,
    attributes: Attributes,
    children: readonly XmlElement[],
    text: string,
  ) {
    this.namespace = namespace
    this.name = name
    this.attributes = attributes
    this.children = children
    this.text = text
  }

  /** The first child of that local name. */
  child(name: string): XmlElement | undefined {
    return this.children.find(child => child.name === name)
  }

  /** The element at the end of a path of local names. */
  at(...path: readonly string[]): XmlElement | undefined {
    return path.reduce<XmlElement | undefined>((found, name) => found?.child(name), this)
  }

  /** The text at the end of a path, or undefined where there is no such element. */
  textAt(...path: readonly string[]): string | undefined {
    return this.at(...path)?.text
  }

  /** The children of a child, so of a list. */
  listAt(...path: readonly string[]): readonly XmlElement[] {
    return this.at(...path)?.children ?? []
  }

  attribute(name: string): string | undefined {
    return Object.hasOwn(this.attributes, name) ? this.attributes[name] : undefined
  }
}

type Content = XmlElement | string | Attributes | readonly (XmlElement | undefined)[] | undefined

const element =
  (namespace: string) =>
  (name: string, ...contents: readonly Content[]): XmlElement => {
    const children: XmlElement[] = []
    const attributes: Record<string, string> = {}
    let text = ''
    for (const content of contents) {
      if (content === undefined) continue
      if (typeof content === 'string') text += content
      else if (content instanceof XmlElement) children.push(content)
      else if (Array.isArray(content)) children.push(...content.filter(child => child))
      else Object.assign(attributes, content)
    }
    return new XmlElement(namespace, name, attributes, children, text)
  }

/** An element of the types namespace: of text, attributes, children, or lists of children. */
export const t = element('t')
/** An element of the messages namespace. */
export const m = element('m')

/** Reads an xs:boolean; what is missing is false. */
export const isTrue = (text: string | undefined): boolean => text === 'true' || text === '1'
