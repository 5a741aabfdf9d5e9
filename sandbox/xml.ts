/**
 * XML in the sandbox: elements with resolved namespaces.
 *
 * @module
 */

/** Decoded values of attributes by name. */
export type Attributes = Readonly<Record<string, string>>

/** One element. Text next to child elements has no meaning in EWS but is kept. */
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

  /** Returns the first child with a local name. */
  child(name: string): XmlElement | undefined {
    return this.children.find(child => child.name === name)
  }

  /** Returns the element at the end of a path of local names. */
  at(...path: readonly string[]): XmlElement | undefined {
    return path.reduce<XmlElement | undefined>((found, name) => found?.child(name), this)
  }

  /** Returns the text at the end of a path, or undefined if there is no such element. */
  textAt(...path: readonly string[]): string | undefined {
    return this.at(...path)?.text
  }

  /** Returns the children of the element at the end of a path. */
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

/** Creates an element of the types namespace with text, attributes, children, or lists of children. */
export const t = element('t')
/** Creates an element of the messages namespace. */
export const m = element('m')

/** Reads an xs:boolean. Missing text is false. */
export const isTrue = (text: string | undefined): boolean => text === 'true' || text === '1'
